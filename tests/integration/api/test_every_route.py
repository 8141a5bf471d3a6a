"""Every route, role and key-scope: the table is what the routes declare, and each answers so."""

import re
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy.orm import Session

from api import needs
from api.app import PREFIX
from api.needs import Operation
from api.routes import ROUTERS
from api.security import Admin, AnyUser, Need
from dtbase.domain.people.keys import NewKey, Scope
from dtbase.domain.people.users import Role
from dtbase.storage.people import keys
from tests.people import add_user, log_in

PUBLIC = {
    ("POST", "/v1/auth/login"),
    ("POST", "/v1/auth/refresh"),
    ("POST", "/v1/auth/logout"),
    ("POST", "/v1/invitations/look"),  # who comes by a link is nobody yet
    ("POST", "/v1/invitations/accept"),
    ("GET", "/v1/health"),
    ("GET", "/v1/twin"),  # its name, zone and notice, which belong on the log-in page too
}
OUTSIDE = {"/openapi.json", "/docs", "/static-offline-docs"}
SESSIONS = {"/v1/sessions", "/v1/sessions/{session_id}"}
VIEWS = {"/v1/views", "/v1/views/{view_id}"}
KEYS = {"/v1/keys", "/v1/keys/{key_id}", "/v1/keys/{key_id}/refusals"}
OWN = KEYS | {"/v1/auth/password"} | SESSIONS | VIEWS
"""Where a viewer may write: what is the viewer's own."""

TABLE = needs.needs(ROUTERS, PREFIX)
DECLARED = {operation: need for operation, need in TABLE.items() if need is not None}
LAST = ("DELETE", "/v1/sessions")
"""After this nobody is logged in any more."""


FORGED = ["", "eyJhbGciOiJub25lIn0.e30.", f"dtb_1_{'A' * 43}"]


class Bearer(NamedTuple):
    """Somebody who asks: in which role, and, with a key, within which scope."""

    role: Role
    scope: Scope | None

    def __str__(self) -> str:
        """Name the line of the table."""
        return f"{self.role} by key {self.scope}" if self.scope else self.role

    def may(self, need: Need) -> bool:
        """Tell whether the table lets this one in; written apart from the code that decides."""
        if self.scope is not None and need.people_only:
            return False
        fits = self.scope in (None, Scope.EVERYTHING, need.scope) or need.scope is None
        return fits and list(Role).index(self.role) >= list(Role).index(need.role)

    def token(self, session: Session) -> str:
        """Make a user of the role, and log in or issue a key."""
        user = add_user(session, "somebody@example.org", self.role)
        if self.scope is None:
            return log_in(session, user).access_token
        new = NewKey(name="key", scopes=(self.scope,))
        return keys.add(session, new, user, datetime.now(UTC)).secret


EVERYBODY = [
    Bearer(role, scope)
    for role in Role
    for scope in (None, *Scope)
    if scope is None or role.includes(scope.role)
]


def ask(web: TestClient, operation: Operation) -> Response:
    method, path = operation
    return web.request(method, re.sub(r"{\w+}", "1", path))


@pytest.mark.parametrize("bearer", EVERYBODY, ids=str)
def test_each_role_and_scope_gets_where_the_table_says_and_no_further(
    web: TestClient, session: Session, bearer: Bearer
) -> None:
    web.headers["Authorization"] = f"Bearer {bearer.token(session)}"
    asked = sorted(DECLARED, key=lambda operation: operation == LAST)
    answers = {operation: ask(web, operation).status_code for operation in asked}
    assert 401 not in answers.values()
    let_in = {operation for operation in answers if answers[operation] != 403}
    assert let_in == {operation for operation in DECLARED if bearer.may(DECLARED[operation])}


@pytest.mark.parametrize("token", FORGED)
def test_nobody_gets_past_any_route_that_is_not_public(web: TestClient, token: str) -> None:
    if token:
        web.headers["Authorization"] = f"Bearer {token}"
    for operation in DECLARED:
        answer = ask(web, operation)
        assert answer.status_code == 401, operation
        assert answer.headers["www-authenticate"] == "Bearer"


def test_every_route_declares_what_it_needs_unless_listed_as_public() -> None:
    assert {operation for operation, need in TABLE.items() if need is None} == PUBLIC


def test_the_table_holds_every_operation_of_the_document(app: FastAPI) -> None:
    document = app.openapi()["paths"]
    assert set(TABLE) == {
        (method.upper(), path) for path, methods in document.items() for method in methods
    }


def test_a_wrong_method_is_told_all_that_the_path_takes(api: TestClient) -> None:
    answer = api.options("/v1/keys/1")
    assert (answer.status_code, answer.headers["allow"]) == (405, "DELETE, GET")
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_route_cannot_declare_two_needs() -> None:
    router = APIRouter()

    @router.get("/both")
    def both(_user: AnyUser, _admin: Admin) -> None:
        """Ask for too much."""

    with pytest.raises(TypeError, match="2 needs"):
        needs.needs([router], "")


def test_who_asks_is_looked_at_before_what_is_asked() -> None:
    for router in ROUTERS:
        for route in router.routes:
            assert isinstance(route, APIRoute)
            calls: list[object] = [each.call for each in route.dependant.dependencies]
            wanting = [place for place, call in enumerate(calls) if needs.declarer(call)]
            assert all(place == 0 for place in wanting), route.path


def test_a_viewer_writes_nothing_but_what_is_the_viewers_own() -> None:
    for (method, path), need in DECLARED.items():
        if method != "GET" and path not in OWN:
            assert need.role.includes(Role.EDITOR), (method, path)


def test_keys_read_and_write_by_the_scope_that_says_so() -> None:
    for (method, path), need in DECLARED.items():
        if need.scope not in (None, Scope.EVERYTHING):
            ending = ":read" if method == "GET" else ":write"
            assert need.scope.endswith(ending), (method, path)
        else:
            assert need.role is Role.ADMIN or path in OWN | {"/v1/auth/me"}, (method, path)


def test_the_people_and_their_keys_are_tended_by_the_right_ones() -> None:
    for (_, path), need in DECLARED.items():
        if path.startswith(("/v1/users", "/v1/invitations", "/v1/audit")):
            assert (need.role, need.scope) == (Role.ADMIN, Scope.EVERYTHING), path
        if path in OWN:
            assert need.people_only, path


def test_the_document_says_who_may_do_what(app: FastAPI) -> None:
    paths = app.openapi()["paths"]
    pushing = paths["/v1/readings"]["post"]["description"]
    assert "role `editor`" in pushing
    assert "scope `readings:write`" in pushing
    assert "Open to everybody." in paths["/v1/health"]["get"]["description"]


def test_no_route_hides_from_the_document(app: FastAPI) -> None:
    paths = {path for route in app.routes if (path := getattr(route, "path", None))}
    assert paths - {path for _, path in TABLE} == OUTSIDE


def test_every_operation_documents_its_refusals(app: FastAPI) -> None:
    document = app.openapi()
    assert "HTTPValidationError" not in str(document)
    for methods in document["paths"].values():
        for operation in methods.values():
            kinds = operation["responses"]["default"]["content"]
            assert list(kinds) == ["application/problem+json"]
            assert ("401" in operation["responses"]) >= bool(operation["security"])


@pytest.mark.parametrize("path", ["/docs", "/openapi.json"])
def test_the_documentation_needs_no_other_host(web: TestClient, path: str) -> None:
    answer = web.get(path)
    assert answer.status_code == 200
    links = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert all(link.startswith("/") for link in links)
    assert {web.get(link).status_code for link in links} <= {200}
