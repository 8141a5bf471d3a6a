"""The client carries requests, refreshes tokens, repeats what is safe, and raises our errors."""

import json
from collections.abc import Callable
from typing import Literal

import pandas as pd
import pytest
import requests
from requests.adapters import BaseAdapter

from dtbase.client import Client, transport
from dtbase.client.frames import to_bodies
from dtbase.domain.people.users import Tokens
from dtbase.errors import DTBaseError, Invalid, NotAuthenticated, TooMany, Unavailable
from dtbase.formats.arrow_batches import decode_arrow
from dtbase.patience import Patience

Answer = tuple[int, object]
TWIN = {"name": "Farm", "timezone": "UTC", "notice": None}
TOKENS = Tokens(access_token="old", refresh_token="r1", expires_in=900)


class Scripted(BaseAdapter):
    """A server that answers by a function and remembers what it was asked."""

    def __init__(self, answer: Callable[[requests.PreparedRequest], Answer]) -> None:
        super().__init__()
        self.answer = answer
        self.asked: list[requests.PreparedRequest] = []

    def send(
        self, request: requests.PreparedRequest, *_: object, **__: object
    ) -> requests.Response:
        """Answer as the function says."""
        self.asked.append(request)
        response = requests.Response()
        response.status_code, body = self.answer(request)
        response._content = json.dumps(body).encode()  # noqa: SLF001 - how requests is faked
        response.url = request.url or ""
        return response

    def close(self) -> None:
        """Have nothing to close."""


def client_of(server: Scripted, tokens: Tokens | None = None) -> Client:
    session = requests.Session()
    session.mount("http://", server)
    return Client("http://twin", tokens=tokens, session=session)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "PATIENCE", Patience(first=0, longest=0))


@pytest.mark.parametrize("error", [*DTBaseError.kinds()], ids=lambda error: error.code)
def test_a_problem_is_raised_as_the_error_it_names(error: type[DTBaseError]) -> None:
    violation = {"field": "name", "rule": "must be short"}
    server = Scripted(lambda _: (400, {"type": error.code, "detail": "no", "errors": [violation]}))
    with pytest.raises(error, match="no") as raised:
        client_of(server).twin()
    assert raised.value.violations == [violation]


def test_an_answer_that_is_no_problem_document_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="502"):
        client_of(Scripted(lambda _: (502, "bad gateway"))).twin()


def test_reads_are_tried_again_while_the_server_is_busy() -> None:
    left = [503, 429, 200]
    server = Scripted(lambda _: (left.pop(0), TWIN))
    assert client_of(server).twin().name == "Farm"
    assert len(server.asked) == 3


def test_queueing_a_run_is_never_repeated() -> None:
    server = Scripted(lambda _: (503, {"type": "unavailable", "detail": "no queue"}))
    with pytest.raises(Unavailable):
        client_of(server).runs.start("arima", "EWR", "temperature")
    assert len(server.asked) == 1


def test_a_stale_token_is_refreshed_once_and_handed_on() -> None:
    def answer(request: requests.PreparedRequest) -> Answer:
        if request.path_url == "/v1/auth/refresh":
            return 200, {"access_token": "new", "refresh_token": "r2", "expires_in": 900}
        fresh = request.headers["Authorization"] == "Bearer new"
        return (200, TWIN) if fresh else (401, {"type": "not-authenticated", "detail": "stale"})

    client = client_of(Scripted(answer), TOKENS)
    seen: list[Tokens] = []
    client.on_refresh = seen.append
    assert client.twin().name == "Farm"
    assert client.tokens is not None
    assert [tokens.refresh_token for tokens in seen] == ["r2"]
    assert client.tokens.access_token == "new"


def test_a_refused_refresh_means_the_log_in_has_ended() -> None:
    server = Scripted(lambda _: (401, {"type": "not-authenticated", "detail": "revoked"}))
    with pytest.raises(NotAuthenticated, match="log in again"):
        client_of(server, TOKENS).twin()


def test_too_many_carries_how_long_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    response = requests.Response()
    response.status_code = 429
    response._content = b'{"type": "too-many", "detail": "slow down"}'  # noqa: SLF001
    response.headers["Retry-After"] = "7"
    error = transport.error_from(response)
    assert isinstance(error, TooMany)
    assert error.retry_after == 7


def test_a_wide_frame_is_pushed_without_its_missing_values() -> None:
    times = pd.date_range("2026-01-01", periods=3, freq="h", tz="UTC")
    frame = pd.DataFrame({"a/x": [1.0, None, 3.0], "b/x": [4.0, 5.0, 6.0]}, index=times)
    (body,) = to_bodies(frame)
    batch = decode_arrow(body)
    assert {segment.name: segment.values.tolist() for segment in batch.segments} == {
        "a/x": [1.0, 3.0],
        "b/x": [4.0, 5.0, 6.0],
    }


@pytest.mark.parametrize("unit", ["ns", "us", "ms"])
def test_seconds_that_are_taken_for_less_are_refused(unit: Literal["ns", "us", "ms"]) -> None:
    times = pd.to_datetime([1_648_731_311, 1_648_731_371], unit=unit, utc=True)
    with pytest.raises(Invalid, match=r"lie in January 1970.*unit='s'"):
        list(to_bodies(pd.DataFrame({"a/x": [1.0, 2.0]}, index=times)))
    around = pd.to_datetime(["1969-12-31T00:00Z", "1970-01-01T00:00Z"])
    assert list(to_bodies(pd.DataFrame({"a/x": [1.0, 2.0]}, index=around)))


def test_a_frame_without_a_zone_is_refused() -> None:
    times = pd.date_range("2026-01-01", periods=2, freq="h")
    with pytest.raises(Invalid, match="time zone"):
        list(to_bodies(pd.DataFrame({"a/x": [1.0, 2.0]}, index=times)))
