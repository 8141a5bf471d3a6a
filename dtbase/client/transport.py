"""Requests to one API: log-in, refresh, retries, and the server's errors raised anew."""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from functools import cache
from http import HTTPStatus
from ipaddress import ip_address
from threading import Lock
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

import requests
from pydantic import TypeAdapter, ValidationError

from dtbase.domain.frozen import Frozen
from dtbase.domain.paging import Listed
from dtbase.domain.people.users import Tokens
from dtbase.errors import DTBaseError, Invalid, NotAuthenticated, TooMany, Unavailable
from dtbase.patience import Patience, pause_asked

T = TypeVar("T", bound=Frozen)

PATIENCE = Patience(first=0.25, longest=30)
BUSY = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE}

Parameters = Mapping[str, Any]


def written(parameters: Parameters) -> dict[str, object]:
    """Return parameters as an address carries them, without those that are not given."""
    return {name: as_text(value) for name, value in parameters.items() if value is not None}


def as_text(value: object) -> object:
    """Return a value as an address carries it; durations in whole minutes, rounded up."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return f"{-(-value // timedelta(minutes=1))}m"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    return [str(part) for part in value] if isinstance(value, Iterable) else value


@cache
def list_adapter(item: type[T]) -> TypeAdapter[list[T]]:
    """Return what reads a list of such things."""
    return TypeAdapter(list[item])  # type: ignore[valid-type]


class Found(list[T]):
    """Things that fit, and whether there are more than were asked for."""

    def __init__(self, things: Sequence[T], *, more: bool) -> None:
        super().__init__(things)
        self.more = more


def read(answer: type[T], content: bytes) -> T:
    """Read an answer; one of another form than this client knows is Unavailable."""
    with understood():
        return answer.model_validate_json(content)


def read_list(item: type[T], content: bytes) -> list[T]:
    """Read an answer that is a list."""
    with understood():
        return list_adapter(item).validate_json(content)


@contextmanager
def understood() -> Iterator[None]:
    """Say plainly that an answer is not of the form that this client knows."""
    try:
        yield
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise Unavailable(
            f"the answer is not what this client expects ({where}: {first['msg']}); "
            "are the client and the API of the same version?"
        ) from None


def around_proxies(url: str) -> dict[str, dict[str, str]]:
    """Return how to reach what is on this machine, of which no proxy knows."""
    with suppress(ValueError):  # not an address: to send there will tell
        host = urlsplit(url).hostname or ""
        if host == "localhost" or ip_address(host).is_loopback:
            return {"proxies": {"no_proxy": host}}
    return {}


class Transport:
    """Carries requests to an API and its answers back."""

    def __init__(
        self,
        url: str,
        api_key: str | None = None,
        tokens: Tokens | None = None,
        session: requests.Session | None = None,
        timeout: float = 60,
        tries: int = PATIENCE.tries,
    ) -> None:
        """Point at an API; a session of one's own carries other transports or headers."""
        self.url = url.rstrip("/")
        self.api_key = api_key
        self.tokens = tokens
        self.on_refresh: Callable[[Tokens], None] | None = None
        self.session = session or requests.Session()
        self.around = around_proxies(self.url)
        self.timeout = timeout
        self.patience = PATIENCE.model_copy(update={"tries": tries})
        self._refreshing = Lock()

    def get(self, path: str, answer: type[T], params: Parameters | None = None) -> T:
        """Read one thing."""
        response = self.send("GET", path, params=params, repeatable=True)
        return read(answer, response.content)

    def list_of(
        self,
        path: str,
        item: type[T],
        params: Parameters | None = None,
        most: float = math.inf,
    ) -> "Found[T]":
        """Read many things, following the links from page to page until there are enough."""
        response = self.send("GET", path, params=params, repeatable=True)
        things = read_list(item, response.content)
        while len(things) < most and (link := response.links.get("next")) is not None:
            query = urlsplit(link["url"]).query
            response = self.send("GET", f"{path}?{query}", repeatable=True)
            things += read_list(item, response.content)
        more = len(things) > most or "next" in response.links
        return Found(things if len(things) <= most else things[: int(most)], more=more)

    def page_of(self, path: str, item: type[T], params: Parameters) -> Listed[T]:
        """Read one stretch of a list, and how many there are in all where that is asked."""
        response = self.send("GET", path, params=params, repeatable=True)
        link = response.links.get("next")
        cursor = parse_qs(urlsplit(link["url"]).query)["cursor"][0] if link else None
        total = response.headers.get("Total-Count")
        things = read_list(item, response.content)
        return Listed(things, cursor, None if total is None else int(total))

    def post(self, path: str, answer: type[T], json: object) -> T:
        """Send a document and read what it made."""
        return read(answer, self.send("POST", path, json=json).content)

    def send(
        self, method: str, path: str, *, repeatable: bool = False, **request: Any
    ) -> requests.Response:
        """Send a request; a stale token is refreshed, what is safe to repeat is tried again.

        Parameters are given as they are: times, durations and flags are written here, and what
        is None is left out.
        """
        if request.get("params"):
            request["params"] = written(request["params"])
        used = self.tokens
        response = self._send_patiently(method, path, repeatable, request)
        if response.status_code == HTTPStatus.UNAUTHORIZED and used is not None:
            self._refresh(used)
            response = self._send_patiently(method, path, repeatable, request)
        if not response.ok:
            raise error_from(response)
        return response

    def _send_patiently(
        self, method: str, path: str, repeatable: bool, request: dict[str, Any]
    ) -> requests.Response:
        if not repeatable:
            return self._send_once(method, path, request)
        return self.patience.ask(lambda: self._send_once(method, path, request), pause_before_next)

    def _send_once(self, method: str, path: str, request: dict[str, Any]) -> requests.Response:
        headers = {**self._credentials(), **request.get("headers", {})}
        options = {"timeout": self.timeout, **self.around, **request, "headers": headers}
        try:
            return self.session.request(method, f"{self.url}{path}", **options)
        except (requests.ConnectionError, requests.Timeout) as error:
            raise Unavailable(f"no answer from {self.url}") from error
        except requests.RequestException as error:
            raise Invalid(f"cannot send to {self.url}: {error}") from error

    def _credentials(self) -> dict[str, str]:
        secret = self.api_key or (self.tokens and self.tokens.access_token)
        return {"Authorization": f"Bearer {secret}"} if secret else {}

    def _refresh(self, used: Tokens) -> None:
        """Get new tokens, unless another thread has done so meanwhile."""
        with self._refreshing:
            if self.tokens is not used:
                return
            body = {"refresh_token": used.refresh_token}
            response = self._send_once("POST", "/v1/auth/refresh", {"json": body})
            if not response.ok:
                raise NotAuthenticated("the log-in has ended; log in again")
            self.tokens = read(Tokens, response.content)
            if self.on_refresh is not None:
                self.on_refresh(self.tokens)


def pause_before_next(response: requests.Response, otherwise: float) -> float | None:
    """Return after how many seconds to ask a busy server again."""
    if response.status_code not in BUSY:
        return None
    asked = asked_by(response)
    return otherwise if asked is None else min(asked, PATIENCE.longest)


def asked_by(response: requests.Response) -> float | None:
    """Return how long the server asks to wait, in seconds."""
    return pause_asked(response.headers.get("Retry-After", ""))


def error_from(response: requests.Response) -> DTBaseError:
    """Rebuild the error that a problem document describes."""
    try:
        problem = response.json()
        kind = DTBaseError.of_code(problem["type"])
        error = kind(problem["detail"], violations=problem.get("errors"))
    except (ValueError, KeyError, TypeError):
        return Unavailable(f"{response.url} answered {response.status_code} without an explanation")
    if isinstance(error, TooMany):
        error.retry_after = math.ceil(asked_by(response) or 0) or None
    return error
