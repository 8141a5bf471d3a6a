"""Tending the people who can log in, over HTTP."""

from typing import Any, NamedTuple

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dtbase.domain.people.users import NewUser, Role, UserChange
from dtbase.errors import Stale
from dtbase.storage.people import users
from dtbase.storage.people.passwords import Hasher, get_hasher
from tests.people import CHEAP, HASHER, PASSWORD, add_user, carry, log_in
from tests.wire import client_of

ROLES = [role.value for role in Role]
NEW = {"email": "new@example.org", "password": PASSWORD, "role": "viewer"}


def test_an_admin_adds_somebody(api: TestClient) -> None:
    answer = api.post("/v1/users", json={**NEW, "email": "New@Example.org"})
    assert answer.status_code == 201
    user = answer.json()
    assert (user["email"], user["role"], user["active"]) == ("new@example.org", "viewer", True)
    assert set(user) == {"id", "email", "role", "active", "created_at", "password_expires_at"}
    assert user["password_expires_at"] is None
    assert answer.headers["location"] == f"/v1/users/{user['id']}"
    assert api.get(answer.headers["location"]).json() == user
    assert user in api.get("/v1/users").json()


def test_an_email_is_taken_once_however_it_is_written(api: TestClient) -> None:
    api.post("/v1/users", json=NEW)
    again = api.post("/v1/users", json={**NEW, "email": "NEW@example.org"})
    assert (again.status_code, again.json()["type"]) == (409, "already-exists")
    other = api.post("/v1/users", json={**NEW, "email": "other@example.org"}).json()
    moved = api.patch(f"/v1/users/{other['id']}", json={"email": "new@example.org"})
    assert (moved.status_code, moved.json()["type"]) == (409, "already-exists")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "no address"}, "email"),
        ({"email": "a\x00@example.org"}, "email"),
        ({"password": "short"}, "password"),
        ({"password": "password1234"}, "password"),
        ({"role": "emperor"}, "role"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_with_a_user_is_named(
    api: TestClient, change: dict[str, Any], field: str
) -> None:
    added = api.post("/v1/users", json={**NEW, **change})
    assert added.status_code == 422
    assert [each["field"] for each in added.json()["errors"]] == [field]
    user = api.post("/v1/users", json=NEW).json()
    changed = api.patch(f"/v1/users/{user['id']}", json=change)
    assert changed.status_code == 422
    assert [each["field"] for each in changed.json()["errors"]] == [field]


def test_what_is_absent_from_a_change_stays(api: TestClient) -> None:
    user = api.post("/v1/users", json=NEW).json()
    path = f"/v1/users/{user['id']}"
    assert api.patch(path, json={}).json() == user
    changed = api.patch(path, json={"email": "newer@example.org"}).json()
    assert changed == {**user, "email": "newer@example.org"}


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
@pytest.mark.parametrize(("user_id", "status"), [(2**31 - 1, 404), (2**31, 422), (0, 422)])
def test_a_user_who_is_not_there_is_not_found(
    api: TestClient, method: str, user_id: int, status: int
) -> None:
    body = {"active": True} if method == "patch" else None
    assert api.request(method, f"/v1/users/{user_id}", json=body).status_code == status


@pytest.mark.parametrize("change", [{"role": "editor"}, {"role": "viewer"}, {"active": False}])
def test_the_last_admin_cannot_step_down(
    api: TestClient, session: Session, change: dict[str, Any]
) -> None:
    me = api.get("/v1/auth/me").json()
    inactive = add_user(session, "inactive@example.org")
    users.update(session, inactive.id, UserChange(active=False), HASHER)
    refused = api.patch(f"/v1/users/{me['id']}", json=change)
    assert (refused.status_code, refused.json()["type"]) == (409, "conflict")
    assert api.delete(f"/v1/users/{me['id']}").status_code == 409
    assert api.patch(f"/v1/users/{me['id']}", json={"role": "admin"}).json() == me


def test_an_admin_can_step_down_when_there_is_another(api: TestClient, session: Session) -> None:
    add_user(session, "other@example.org")
    me = api.get("/v1/auth/me").json()
    assert api.patch(f"/v1/users/{me['id']}", json={"role": "viewer"}).status_code == 200
    assert api.get("/v1/users").status_code == 403


def test_the_last_admin_may_change_everything_else(api: TestClient) -> None:
    me = api.get("/v1/auth/me").json()
    changed = api.patch(f"/v1/users/{me['id']}", json={"email": "me@example.org"})
    assert changed.json()["email"] == "me@example.org"


OK = 0
ANYBODY = {"nobody": OK, "viewer": OK, "editor": OK, "admin": OK}
LOGGED_IN = {"nobody": 401, "viewer": OK, "editor": OK, "admin": OK}
ADMINS = {"nobody": 401, "viewer": 403, "editor": 403, "admin": OK}


class Line(NamedTuple):
    """A route, who may take it, and what it then answers."""

    method: str
    path: str
    table: dict[str, int]
    success: int
    body: dict[str, str] | None = None


LOG_IN = {"email": "me@example.org", "password": PASSWORD}
NEW_PASSWORD = {"current_password": PASSWORD, "new_password": "copper lantern orchard"}
TABLE = [
    Line("post", "/v1/auth/login", ANYBODY, 200, LOG_IN),
    Line("post", "/v1/auth/logout", ANYBODY, 204, {"refresh_token": "x"}),
    Line("get", "/v1/auth/me", LOGGED_IN, 200),
    Line("post", "/v1/auth/password", LOGGED_IN, 204, NEW_PASSWORD),
    Line("get", "/v1/users", ADMINS, 200),
    Line("post", "/v1/users", ADMINS, 201, NEW),
    Line("get", "/v1/users/{id}", ADMINS, 200),
    Line("patch", "/v1/users/{id}", ADMINS, 200, {"role": "editor"}),
    Line("delete", "/v1/users/{id}", ADMINS, 204),
]


@pytest.mark.parametrize("who", ["nobody", *Role])
@pytest.mark.parametrize("line", TABLE, ids=lambda line: f"{line.method} {line.path}")
def test_each_role_may_do_what_the_table_says(
    web: TestClient, session: Session, who: str, line: Line
) -> None:
    add_user(session, "first@example.org")
    somebody = add_user(session, "somebody@example.org", Role.VIEWER)
    me = add_user(session, "me@example.org", Role.VIEWER if who == "nobody" else Role(who))
    if who != "nobody":
        carry(web, log_in(session, me))
    answer = web.request(line.method, line.path.format(id=somebody.id), json=line.body)
    assert answer.status_code == (line.table[who] or line.success), answer.text


def test_a_process_makes_one_hasher() -> None:
    assert get_hasher() is get_hasher()


def test_users_are_listed_in_pages_that_fit(api: TestClient) -> None:
    new = [{**NEW, "email": f"u{n}@example.org", "role": role} for n, role in enumerate(ROLES)]
    assert api.post("/v1/users/bulk", json=new).status_code == 201
    found = api.get("/v1/users", params={"search": "U", "sort": "-email", "limit": 2})
    assert [each["email"] for each in found.json()] == ["u2@example.org", "u1@example.org"]
    rest = api.get("/v1/users" + found.links["next"]["url"])
    assert [each["email"] for each in rest.json()] == ["u0@example.org"]
    editors = api.get("/v1/users", params={"role": "editor", "active": True}).json()
    assert [each["email"] for each in editors] == ["u1@example.org"]


def test_many_users_are_added_all_or_none(api: TestClient) -> None:
    new = [NEW, {**NEW, "email": "x@example.org", "password": "short"}, NEW]
    answer = api.post("/v1/users/bulk", json=new)
    assert answer.status_code == 422
    rows = [(found["row"], found["field"]) for found in answer.json()["errors"]]
    assert rows == [(1, "password"), (2, "email")]
    assert len(api.get("/v1/users").json()) == 1


def test_nothing_is_hashed_for_many_of_whom_one_may_not_come_in(
    api: TestClient, app: FastAPI
) -> None:
    counting = Counting(CHEAP)
    app.dependency_overrides[get_hasher] = lambda: counting
    new = [{**NEW, "email": f"u{n}@example.org"} for n in range(20)]
    for wrong in ({**NEW, "password": "short"}, {**NEW, "email": "API@example.org"}, new[3]):
        refused = api.post("/v1/users/bulk", json=[*new, wrong])
        assert [each["row"] for each in refused.json()["errors"]] == [20]
    assert counting.hashed == 0
    added = api.post("/v1/users/bulk", json=new)
    assert [each["email"] for each in added.json()] == [each["email"] for each in new]
    assert counting.hashed == 20
    log = api.get("/v1/audit", params={"noun": "user", "action": "created"}).json()
    assert {each["name"] for each in log} >= {each["email"] for each in new}
    logged_in = {"email": new[19]["email"], "password": PASSWORD}
    assert api.post("/v1/auth/login", json=logged_in).status_code == 200


class Counting(Hasher):
    """A hasher that knows how often it was asked."""

    hashed = 0

    def _hash(self, password: str, patience: float) -> str:
        self.hashed += 1
        return super()._hash(password, patience)


def test_two_admins_do_not_overwrite_each_other(api: TestClient) -> None:
    client = client_of(api)
    user = client.users.add(NewUser.model_validate(NEW))
    client.users.update(user, UserChange(role=Role.EDITOR))
    with pytest.raises(Stale):
        client.users.update(user, UserChange(active=False))
    with pytest.raises(Stale):
        client.users.delete(user)
    client.users.delete(client.users.get(str(user.id)))
    assert [each.email for each in client.users.list()] == ["api@example.org"]


def test_the_log_tells_what_happened_to_users_but_no_secret(api: TestClient) -> None:
    client = client_of(api)
    user = client.users.add(NewUser.model_validate(NEW))
    other = "another marble canyon"
    client.users.update(user, UserChange.model_validate({"password": other}))
    client.users.delete(user)
    log = client.audit.list(noun="user", name=NEW["email"])
    assert [entry.action for entry in log] == ["deleted", "changed", "created"]
    assert other not in str(log)
    assert PASSWORD not in str(log)
    assert "argon2" not in str(log)
