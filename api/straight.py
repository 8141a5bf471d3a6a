"""The straight way of a reading request to its route.

The framework finds out at each request which dependencies a route has, in which order they come,
and which of its parameters are lists; that takes longer than most statements. Of a route that only
reads, all of it is known when the route is made. A request that breaks a rule goes the framework's
way, which tells what is wrong with it.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import ExitStack
from copy import copy
from inspect import iscoroutinefunction
from types import UnionType
from typing import Annotated, Any, NamedTuple, Union, get_args, get_origin

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.datastructures import DefaultPlaceholder
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import ResponseValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, ValidationError
from starlette.datastructures import QueryParams

from api.deferred import carry_out
from api.dependencies import chosen, get_reads, get_session

Call = Callable[..., Any]
Values = dict[str, Any]
Handler = Callable[[Request], Coroutine[Any, Any, Response]]

WORK = "dtbase_work"
"""Under what an endpoint keeps the plain function that one thread does for it."""

UNSAID = 0
"""The status of an answer of which a route says none."""

WRAPPED = {Annotated, Union, UnionType}


class Dependency(NamedTuple):
    """What a route depends on, and what that takes."""

    call: Call
    takes: Mapping[str, Call]
    request: str | None

    async def give(self, request: Request, known: Mapping[Call, Any]) -> Any:
        if self.call in request.app.dependency_overrides:
            return await chosen(request.app, self.call)
        values = {name: known[call] for name, call in self.takes.items()}
        if self.request is not None:
            values[self.request] = request
        return await self.call(**values)


class Parameters:
    """Reads the path, the headers and the query of a request."""

    def __init__(self, dependant: Dependant) -> None:
        """Look at each parameter once."""
        self._path = tuple(dependant.path_params)
        self._headers = tuple(dependant.header_params)
        self._query = dependant.query_params[0] if dependant.query_params else None
        if self._query is not None:
            self._model: type[BaseModel] = self._query.field_info.annotation  # type: ignore[assignment]
            fields = self._model.model_fields.items()
            self._lists = frozenset(name for name, field in fields if holds_many(field.annotation))

    def read(self, request: Request) -> Values | None:
        """Return the values of a request; none where one breaks a rule."""
        values: Values = {}
        for fields, given in ((self._path, request.path_params), (self._headers, request.headers)):
            for field in fields:
                value = given.get(field.alias)
                if value is None and not field.field_info.is_required():
                    values[field.name] = copy(field.default)
                    continue
                values[field.name], errors = field.validate(value, {}, loc=())
                if errors:
                    return None
        if self._query is not None:
            try:
                values[self._query.name] = self._model.model_validate(self._asked(request))
            except ValidationError:
                return None
        return values

    def _asked(self, request: Request) -> Values:
        params: QueryParams = request.query_params
        return {
            name: params.getlist(name) if name in self._lists else value
            for name, value in params.items()
        }


class Straight(NamedTuple):
    """Answers the requests of one route."""

    work: Call
    in_thread: bool
    parameters: Parameters
    dependencies: Sequence[Dependency]
    dependant: Dependant
    takes: Mapping[str, Call]
    route: APIRoute
    otherwise: Handler

    async def answer(self, request: Request) -> Response:
        """Answer a request, or have the framework tell what is wrong with it."""
        values = self.parameters.read(request)
        if values is None:
            return await self.otherwise(request)
        said = Response(status_code=UNSAID)
        with ExitStack() as opened:
            values |= await self.known(request, said, opened)
            if not self.in_thread:
                return self.written(await self.work(**values), said)
            return await run_in_threadpool(self.carry_out, values, said, opened.pop_all())

    async def known(self, request: Request, said: Response, opened: ExitStack) -> Values:
        """Return what the route depends on; to open a session waits for nothing."""
        known: dict[Call, Any] = {}
        for each in self.dependencies:
            if each.call is get_session:
                reads = await chosen(request.app, get_reads)
                known[each.call] = opened.enter_context(reads())
            else:
                known[each.call] = await each.give(request, known)
        values = {name: known[call] for name, call in self.takes.items()}
        if self.dependant.request_param_name is not None:
            values[self.dependant.request_param_name] = request
        if self.dependant.response_param_name is not None:
            values[self.dependant.response_param_name] = said
        return values

    def carry_out(self, values: Values, said: Response, opened: ExitStack) -> Response:
        """Do the work in one thread, and end its transaction."""
        with opened:
            done = carry_out(self.work, values)
        return self.written(done, said)

    def written(self, done: Any, said: Response) -> Response:
        """Write an answer, with the headers and the status that the route has said beside it."""
        if isinstance(done, Response):
            return done
        assert self.route.response_field is not None
        value, errors = self.route.response_field.validate(done, {}, loc=("response",))
        if errors:
            raise ResponseValidationError(errors, body=done)
        content = self.route.response_field.serialize_json(value)
        status = said.status_code or self.route.status_code or 200
        answer = Response(content, status, media_type="application/json")
        answer.headers.raw.extend(said.headers.raw)
        return answer


def straight(route: APIRoute, otherwise: Handler) -> Handler:
    """Return what answers the requests of a route, straight if that can be."""
    dependant = route.dependant
    found: dict[Call, Dependency] = {}
    if route.methods != {"GET"} or not (is_plain(dependant) and collect(dependant, found)):
        return otherwise
    if route.response_field is None and isinstance(route.response_class, DefaultPlaceholder):
        return otherwise
    work = getattr(route.endpoint, WORK, None)
    if work is None and get_session in found:
        return otherwise
    return Straight(
        work or route.endpoint,
        work is not None,
        Parameters(dependant),
        tuple(found.values()),
        dependant,
        takes_of(dependant),
        route,
        otherwise,
    ).answer


def is_plain(dependant: Dependant) -> bool:
    """Tell whether a route takes nothing but what is read here."""
    takes_more = (
        dependant.body_params,
        dependant.cookie_params,
        dependant.background_tasks_param_name,
        dependant.security_scopes_param_name,
    )
    return not any(takes_more) and all(
        is_model(query.field_info.annotation) for query in dependant.query_params
    )


def is_model(model: Any) -> bool:
    """Tell whether a query is a model that refuses what it does not know, by the fields' names."""
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        return False
    strict = model.model_config.get("extra") == "forbid"
    return strict and not any(field.alias for field in model.model_fields.values())


def holds_many(annotation: Any) -> bool:
    """Tell whether a parameter may come several times."""
    origin = get_origin(annotation)
    if origin in WRAPPED:
        return any(map(holds_many, get_args(annotation)))
    kind = origin or annotation
    many = isinstance(kind, type) and issubclass(kind, Sequence | AbstractSet)
    return many and not issubclass(kind, str | bytes)


def collect(dependant: Dependant, found: dict[Call, Dependency]) -> bool:
    """Collect what a route depends on in its order; tell whether all of it can be given here."""
    for each in dependant.dependencies:
        assert each.call is not None
        if each.call in found:
            continue
        if each.call is not get_session:
            if each.path_params or each.query_params or each.header_params or not is_plain(each):
                return False
            if not waits_for_nothing(each.call) or each.response_param_name is not None:
                return False
            if not collect(each, found):
                return False
        request = each.request_param_name or each.http_connection_param_name
        found[each.call] = Dependency(each.call, takes_of(each), request)
    return True


def takes_of(dependant: Dependant) -> Mapping[str, Call]:
    """Return which dependency each parameter is."""
    return {
        each.name: each.call
        for each in dependant.dependencies
        if each.name is not None and each.call is not None
    }


def waits_for_nothing(call: Call) -> bool:
    return iscoroutinefunction(call) or iscoroutinefunction(type(call).__call__)
