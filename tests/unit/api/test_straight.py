"""What a route answers straight is what the framework would have answered."""

from collections.abc import Sequence
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Depends, FastAPI, Header, Query, Request, Response
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from pydantic import Field

from api import routing
from api.routes import ROUTERS
from api.straight import straight
from dtbase.domain.frozen import Frozen
from dtbase.errors import Invalid

ROUND_ABOUT = {
    "/v1/measures/{name}",
    "/v1/sensors/{identifier}/now",
    "/v1/periods",
    "/v1/likes",
}
"""Those with a path of their own kind, and those that end when whoever asked has gone."""


class FindQuery(Frozen):
    """What a query may hold."""

    many: list[int] = Field([], max_length=3)
    sets: frozenset[str] | None = None
    one: int = Field(1, le=9)
    text: str | None = None


class Found(Frozen):
    """What a request has said."""

    place: str
    wanted: FindQuery
    said: str
    note: str | None


async def said(request: Request) -> str:
    return request.headers.get("x-said", "nothing")


Said = Annotated[str, Depends(said)]


def find(
    place: Annotated[str, Field(max_length=5)],
    wanted: Annotated[FindQuery, Query()],
    said: Said,
    response: Response,
    x_note: Annotated[str | None, Header(max_length=5)] = None,
) -> Sequence[Found]:
    if said == "refuse":
        raise Invalid("no")
    response.headers["Total-Count"] = "1"
    if said == "accepted":
        response.status_code = 202
    return [Found(place=place, wanted=wanted, said=said, note=x_note)]


async def find_at_once(wanted: Annotated[FindQuery, Query()], said: Said) -> Found:
    return Found(place="", wanted=wanted, said=said, note=None)


@pytest.fixture
def both() -> tuple[TestClient, TestClient]:
    """Give the same routes both ways."""
    ways = FastAPI(), FastAPI()
    router = APIRouter()
    router.get("/found/{place}")(find)
    router.get("/found")(find_at_once)
    routing.install(ways[0], [router], "/v1")
    ways[1].include_router(router, prefix="/v1")
    first, second = (TestClient(app, raise_server_exceptions=False) for app in ways)
    return first, second


@pytest.mark.parametrize(
    "query",
    [
        "",
        "many=1&many=2",
        "many=1",
        "many=x",
        "many=1&many=2&many=3&many=4",
        "sets=a&sets=b&sets=a",
        "one=2&one=3",
        "one=10",
        "one=",
        "text=",
        "text=a&text=b",
        "text=%C3%BC+%26",
        "unknown=1",
        "unknown=1&unknown=2",
        "one=x&many=y&unknown=1",
    ],
)
@pytest.mark.parametrize("path", ["/v1/found/here", "/v1/found/elsewhere", "/v1/found"])
@pytest.mark.parametrize(
    "headers", [{}, {"x-said": "accepted", "x-note": "short"}, {"x-note": "too long"}]
)
def test_both_ways_answer_alike(
    both: tuple[TestClient, TestClient], path: str, query: str, headers: dict[str, str]
) -> None:
    ours, theirs = (client.get(f"{path}?{query}", headers=headers) for client in both)
    assert (ours.status_code, ours.json()) == (theirs.status_code, theirs.json())
    assert ours.headers == theirs.headers


def test_a_refusal_stays_one(both: tuple[TestClient, TestClient]) -> None:
    answers = [client.get("/v1/found/here", headers={"x-said": "refuse"}) for client in both]
    assert [answer.status_code for answer in answers] == [500, 500]


def test_what_stands_in_for_a_dependency_is_asked_instead(
    both: tuple[TestClient, TestClient],
) -> None:
    for client in both:
        app: Any = client.app
        app.dependency_overrides[said] = lambda: "overridden"
        assert client.get("/v1/found/here").json()[0]["said"] == "overridden"


def test_all_that_only_reads_is_answered_straight() -> None:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    routing.install(app, ROUTERS, "/v1")
    reading = [r for r in app.routes if isinstance(r, APIRoute) and r.methods == {"GET"}]
    assert {route.path for route in reading if straight(route, nobody) is nobody} == ROUND_ABOUT


async def nobody(_request: Request) -> Response:
    raise AssertionError
