"""Our routes: they ask who comes before they read more than a little of what is brought."""

import re
from collections.abc import Callable, Coroutine, Sequence
from functools import cached_property, wraps
from inspect import iscoroutinefunction
from typing import Annotated, Any, TypeVar

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.exceptions import HTTPException

from api import bodies, needs
from api.bulk import brings_many
from api.callers import Admission
from api.deferred import carry_out
from api.dependencies import Transactions, chosen, get_reads, get_transactions
from api.memory import share_of
from api.refusals import refusal_of
from api.security import KEY, KNOWN, Need, bearer, get_identify
from api.state import state_of
from api.straight import WORK, straight
from dtbase.domain.people.keys import Key
from dtbase.errors import DTBaseError, Invalid
from dtbase.formats.bodies import JSON
from dtbase.formats.weights import THINGS
from dtbase.settings import get_settings

T = TypeVar("T")
Handler = Callable[[Request], Coroutine[Any, Any, Response]]

Shortly = Callable[[Request, Admission, Transactions], Coroutine[Any, Any, Response]]
"""Answers a request in the short way."""

SHORTLY = "dtbase_shortly"
"""Under what an endpoint keeps it."""

PREPARED = "fastapi_inner_astack"
"""Under what the framework keeps what dependencies leave open, once it is prepared for that."""

MOST_FINDINGS = 10_000
"""So many broken rules are looked at, of which an answer names a hundred."""


class Route(APIRoute):
    """A route whose large bodies are received from those who may send them, and read elsewhere."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        """Take a plain function as what one thread does, and the rest as what needs none."""
        super().__init__(path, in_one_thread(endpoint), **options)

    directly: Handler | None = None
    """What answers a request past the framework, or asks for its way; most routes need that."""

    def get_route_handler(self) -> Handler:
        """Return what answers a request; a route that declares no body reads its own, or none."""
        need = needs.declared(self.dependant)
        usual = in_the_usual_way(super().get_route_handler())
        answer = straight(self, usual)
        if need is not None and (shortly := getattr(self.endpoint, SHORTLY, None)) is not None:
            answer = answering_shortly(shortly, need, answer)
        told = answer if need is None else tell_only_the_known(answer, need)
        whole = told if self.body_field is None else self.reading(answer, told, need)
        noted = whole if need is None else note_refusals(whole)
        if answer is not usual and self.body_field is None:
            self.directly = noted
        return noted

    def reading(self, answer: Handler, told: Handler, need: Need | None) -> Handler:
        """Return what reads a body once it is known who sends it."""

        async def handle(request: Request) -> Response:
            small = bodies.is_small(request.headers)
            await admit(request, need, vouched=small)
            return await (told(request) if small else self.answer_large(request, answer))

        return handle

    async def answer_large(self, request: Request, answer: Handler) -> Response:
        """Receive and read a body within the memory that there is for all, then answer."""
        memory = state_of(request.app).memory
        async with share_of(memory.received) as share:
            kind = JSON if is_json(request) else ""
            body, weight = await bodies.receive(request, self.limit, share, kind, THINGS)
            if not kind:
                return await answer(Read(request, body, None))
            async with share_of(memory.read, weight):
                value = await run_in_threadpool(self.validated, body)
                return await answer(Read(request, body, value))

    @property
    def limit(self) -> int:
        """Return how many bytes a body may have: more where it brings many things."""
        assert self.body_field is not None
        many = brings_many(self.body_field.field_info.annotation)
        return min(bodies.BULK if many else bodies.DOCUMENT, get_settings().max_body_bytes)

    def validated(self, body: bytes) -> Any:
        """Read a body and hold it against its model, so that the loop has no work with it."""
        value = bodies.parse(body)
        try:
            return self.adapter.validate_python(value, from_attributes=True)
        except ValidationError as error:
            raise RequestValidationError(findings_of(error)) from error

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        """Return what holds a body against its model, as the framework's own does."""
        assert self.body_field is not None
        field = self.body_field.field_info
        kind: Any = Annotated[field.annotation, field]
        return TypeAdapter(kind)


class UsualWayError(Exception):
    """A request has to go the framework's way, which prepares for what dependencies leave open."""


def in_the_usual_way(answer: Handler) -> Handler:
    """Return what answers a request in the framework's way, or asks for it."""

    async def handle(request: Request) -> Response:
        if PREPARED not in request.scope:
            raise UsualWayError
        return await answer(request)

    return handle


class Read(Request):
    """A request whose body was received and read already."""

    def __init__(self, request: Request, body: bytes, value: object) -> None:
        """Keep the body, and what was read from it."""
        super().__init__(request.scope, request.receive)
        self._body = body
        self._json = value


def findings_of(error: ValidationError) -> Sequence[Any]:
    """Return what is wrong with a body as the framework tells it, unless it would take seconds."""
    count = error.error_count()
    if count > MOST_FINDINGS:
        raise Invalid(f"the body breaks {count:,} rules, which are too many to name", field="body")
    return [{**found, "loc": ("body", *found["loc"])} for found in error.errors(include_url=False)]


def in_one_thread(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    """Return a coroutine that runs a plain function in a thread.

    FastAPI would do that by itself, and then take a second thread to look at what it returned,
    which for our frozen models is no work.
    """
    if iscoroutinefunction(endpoint):
        return endpoint

    @wraps(endpoint)
    async def run(**values: Any) -> Any:
        return await run_in_threadpool(carry_out, endpoint, values)

    setattr(run, WORK, endpoint)
    return run


def shortened(shortly: Shortly) -> Callable[[T], T]:
    """Say how a route answers requests without a query, past the framework's dependencies."""

    def mark(endpoint: T) -> T:
        setattr(endpoint, SHORTLY, shortly)
        return endpoint

    return mark


def answering_shortly(shortly: Shortly, need: Need, otherwise: Handler) -> Handler:
    """Return what answers a request that says nothing in a query in the short way."""

    async def handle(request: Request) -> Response:
        if request.scope["query_string"]:
            return await otherwise(request)
        transactions = await chosen(request.app, get_transactions)
        return await shortly(request, await admission_of(request, need), transactions)

    return handle


def tell_only_the_known(answer: Handler, need: Need) -> Handler:
    """Return what tells only those who may make a request what is wrong with it."""

    async def handle(request: Request) -> Response:
        try:
            return await answer(request)
        except (RequestValidationError, HTTPException):
            await admit(request, need)
            raise
        except DTBaseError:
            if request.scope.get(KNOWN) is False:
                await admit(request, need)
            raise

    return handle


def note_refusals(answer: Handler) -> Handler:
    """Return what keeps for the owner of an API key what was refused to it."""

    async def handle(request: Request) -> Response:
        try:
            return await answer(request)
        except (RequestValidationError, DTBaseError) as error:
            key = request.scope.get(KEY)
            if isinstance(key, Key):
                state_of(request.app).refusals.note(key, refusal_of(request, error))
            raise

    return handle


def is_json(request: Request) -> bool:
    """Tell whether a body is declared to be JSON; others are refused in the framework's way."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return re.fullmatch(r"application/(json|.*\+json)", kind) is not None


async def admit(request: Request, need: Need | None, *, vouched: bool = False) -> None:
    """Refuse whoever may not use a route, before it has begun and anything is read.

    Where a token may vouch for whom it was given to, the look at its session is left to the route.
    """
    if need is None:
        return
    open_ = await chosen(request.app, get_reads)
    admission = await admission_of(request, need)
    if vouched and admission.vouches:
        return
    uses = state_of(request.app).uses

    def look() -> None:
        with open_() as session:
            admission.look(session, uses)

    await run_in_threadpool(look)


async def admission_of(request: Request, need: Need) -> Admission:
    """Return the token that a request brings, or refuse one that brings none."""
    identify = await chosen(request.app, get_identify)
    return await need.later(request, await bearer(request), identify)
