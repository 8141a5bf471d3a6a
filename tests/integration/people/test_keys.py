"""API keys over HTTP: what each opens, and when it stops."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from api.app import create_app
from api.state import state_of
from dtbase.client import Client
from dtbase.domain.people.keys import IssuedKey, NewKey, Scope
from dtbase.domain.people.users import Role, User, UserChange
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.errors import Conflict
from dtbase.storage import tables
from dtbase.storage.database import driver_of, transaction
from dtbase.storage.people import keys, users
from dtbase.storage.people.keys import hash_of
from dtbase.storage.registry import sensor_types, sensors
from tests.live import serving
from tests.people import HASHER, add_user, carry, log_in

ANN = "ann@example.org"
Bring = Callable[[str], TestClient]


@pytest.fixture
def ann(session: Session) -> User:
    return add_user(session, ANN, Role.EDITOR)


@pytest.fixture
def bring(app: FastAPI) -> Bring:
    def with_key(secret: str) -> TestClient:
        headers = {"Authorization": f"Bearer {secret}"}
        return TestClient(app, raise_server_exceptions=False, headers=headers)

    return with_key


def issue(session: Session, owner: User, *scopes: Scope, **more: Any) -> IssuedKey:
    new = NewKey(name=more.pop("name", "gateway"), scopes=scopes or (Scope.EVERYTHING,), **more)
    return keys.add(session, new, owner, datetime.now(UTC))


def register(session: Session, *identifiers: str) -> None:
    measures = [{"name": "temperature", "unit": "degC"}]
    sensor_types.add(session, SensorType.model_validate({"name": "probe", "measures": measures}))
    for identifier in identifiers:
        sensors.add(session, NewSensor(identifier=identifier, type="probe"))


def push(client: TestClient, *names: str) -> Response:
    time = "2026-01-01T00:00:00Z"
    readings = [
        {"sensor": name, "measure": "temperature", "time": time, "value": 1.5} for name in names
    ]
    return client.post("/v1/readings", json={"readings": readings})


def works(client: TestClient) -> bool:
    answer = client.get("/v1/auth/me")
    assert answer.status_code in (200, 401), answer.text
    return answer.status_code == 200


def test_a_key_is_shown_once_and_opens_the_api(
    web: TestClient, session: Session, ann: User, bring: Bring
) -> None:
    carry(web, log_in(session, ann))
    new = {"name": "gateway", "scopes": ["registry:read", "readings:read"]}
    answer = web.post("/v1/keys", json=new)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    issued = answer.json()
    shown = web.get(answer.headers["location"])
    assert shown.json() == {name: issued[name] for name in issued if name != "secret"}
    assert shown.json() == web.get("/v1/keys").json()[0]
    assert (issued["owner"], issued["role"], issued["sensors"]) == (ANN, "editor", None)
    assert issued["secret"].startswith(f"dtb_{issued['id']}_")
    assert bring(issued["secret"]).get("/v1/sensors").status_code == 200


def test_only_a_hash_of_256_random_bits_is_stored(session: Session, ann: User) -> None:
    secrets = [issue(session, ann, name=str(number)).secret for number in range(3)]
    stored = session.scalars(select(tables.ApiKey.secret_hash)).all()
    random = [secret.split("_", 2)[2] for secret in secrets]
    assert set(stored) == set(map(hash_of, random))
    assert {len(part) for part in random} == {43}


def test_who_asks_with_a_key_is_its_owner_in_the_lesser_role(
    session: Session, ann: User, bring: Bring
) -> None:
    key = issue(session, ann, role=Role.VIEWER)
    me = bring(key.secret).get("/v1/auth/me").json()
    assert (me["id"], me["role"]) == (ann.id, "viewer")


@pytest.mark.parametrize(
    "forge",
    [
        lambda secret: secret[:-1],
        lambda secret: secret + "A",
        lambda secret: secret[:-4] + ("AAAA" if secret[-4:] != "AAAA" else "BBBB"),
        lambda secret: secret.replace("dtb_", "dtb_0"),
        lambda secret: f"dtb_999999999_{secret.split('_', 2)[2]}",
        lambda secret: f"dtb_99999999999999999999_{secret.split('_', 2)[2]}",
        lambda secret: f"dtb_{secret.split('_', 2)[2]}",
        lambda secret: secret.upper(),
        lambda _: "dtb_",
        lambda _: "dtb_1_",
    ],
)
def test_a_forged_key_opens_nothing(
    session: Session, ann: User, bring: Bring, forge: Callable[[str], str]
) -> None:
    key = issue(session, ann)
    assert works(bring(key.secret))
    assert not works(bring(forge(key.secret)))


def test_the_secret_of_one_key_does_not_open_another(
    session: Session, ann: User, bring: Bring
) -> None:
    one, other = issue(session, ann), issue(session, ann, name="other")
    assert not works(bring(f"dtb_{other.id}_{one.secret.split('_', 2)[2]}"))


def test_a_revoked_key_stops_at_once_and_for_good(
    api: TestClient, session: Session, ann: User, bring: Bring
) -> None:
    key = issue(session, ann)
    device = bring(key.secret)
    assert works(device)
    assert api.delete(f"/v1/keys/{key.id}").status_code == 204
    assert not works(device)
    assert api.delete(f"/v1/keys/{key.id}").status_code == 404
    assert api.get("/v1/keys").json() == []
    assert issue(session, ann).id != key.id


def test_an_expired_key_stops(session: Session, ann: User, bring: Bring) -> None:
    key = issue(session, ann, expires_at=datetime.now(UTC) + timedelta(hours=1))
    assert works(bring(key.secret))
    expired = datetime.now(UTC) - timedelta(hours=1)  # for PostgreSQL it is when the test began
    session.execute(update(tables.ApiKey).values(expires_at=expired))
    assert not works(bring(key.secret))


def test_a_key_dies_with_its_owners_deactivation_for_good(
    session: Session, ann: User, bring: Bring
) -> None:
    device = bring(issue(session, ann).secret)
    users.update(session, ann.id, UserChange(active=False), HASHER)
    assert not works(device)
    users.update(session, ann.id, UserChange(active=True), HASHER)
    assert not works(device)


def test_a_key_goes_with_its_owner(session: Session, ann: User, bring: Bring) -> None:
    add_user(session, "admin@example.org")
    device = bring(issue(session, ann).secret)
    users.delete(session, ann.id)
    assert not works(device)


def test_a_key_follows_its_owner_down_but_never_up(
    session: Session, ann: User, bring: Bring
) -> None:
    device = bring(issue(session, ann).secret)
    for role, seen in [(Role.VIEWER, "viewer"), (Role.ADMIN, "editor")]:
        users.update(session, ann.id, UserChange(role=role), HASHER)
        assert device.get("/v1/auth/me").json()["role"] == seen
    assert device.get("/v1/users").status_code == 403


def test_a_key_without_the_scope_is_told_so(session: Session, ann: User, bring: Bring) -> None:
    register(session, "one")
    device = bring(issue(session, ann, Scope.READINGS_WRITE).secret)
    assert push(device, "one").status_code == 200
    refused = device.get("/v1/sensors")
    assert (refused.status_code, refused.json()["type"]) == (403, "not-allowed")
    assert "registry:read" in refused.json()["detail"]


def test_a_limited_key_pushes_to_its_sensors_alone(
    session: Session, ann: User, bring: Bring
) -> None:
    register(session, "one", "two", "three")
    device = bring(issue(session, ann, Scope.READINGS_WRITE, sensors=("one", "two")).secret)
    assert push(device, "one", "two").status_code == 200
    refused = push(device, "one", "three", "unknown")
    assert refused.status_code == 403
    assert "three, unknown" in refused.json()["detail"]
    assert [each["value"] for each in refused.json()["errors"]] == ["three", "unknown"]


def test_a_limited_key_deletes_from_its_sensors_alone(
    session: Session, ann: User, bring: Bring
) -> None:
    register(session, "one", "two")
    device = bring(issue(session, ann, Scope.READINGS_WRITE, sensors=("one",)).secret)
    spring = {"start": "2026-01-01T00:00:00Z", "end": "2026-05-01T00:00:00Z"}
    for name, status in [("one", 200), ("two", 403), ("unknown", 403)]:
        asked = {"series": f"{name}/temperature", **spring}
        assert device.delete("/v1/readings", params=asked).status_code == status


def test_an_owner_has_a_bounded_number_of_keys(
    session: Session, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "MOST_KEYS", 1)
    issue(session, ann)
    with pytest.raises(Conflict, match="revoke some first"):
        issue(session, ann, name="more")


def test_a_limited_key_without_sensors_left_pushes_to_none(
    session: Session, ann: User, bring: Bring
) -> None:
    register(session, "one", "two")
    key = issue(session, ann, Scope.READINGS_WRITE, sensors=("one",))
    session.execute(delete(tables.ApiKeySensor))
    assert keys.get(session, key.id).sensors == ()
    assert push(bring(key.secret), "two").status_code == 403


@pytest.mark.parametrize(
    ("change", "status", "field"),
    [
        ({"name": " "}, 422, "name"),
        ({"name": "a\x00b"}, 422, "name"),
        ({"name": "\x1b[2Jadmin"}, 422, "name"),
        ({"scopes": []}, 422, "scopes"),
        ({"role": "emperor"}, 422, "role"),
        ({"role": "viewer"}, 422, "scopes"),
        ({"role": "admin"}, 403, None),
        ({"owner": "api@example.org"}, 403, None),
        ({"sensors": ["unknown"]}, 422, "sensors"),
        ({"sensors": []}, 422, "sensors"),
        ({"sensors": ["one"], "scopes": ["*"]}, 422, "body"),
        ({"expires_at": "2020-01-01T00:00:00Z"}, 422, "expires_at"),
        ({"expires_at": "2030-01-01T00:00:00"}, 422, "expires_at"),
    ],
)
def test_what_is_wrong_with_a_key_is_named(
    web: TestClient,
    session: Session,
    ann: User,
    change: dict[str, Any],
    status: int,
    field: str | None,
) -> None:
    register(session, "one")
    add_user(session, "api@example.org")
    carry(web, log_in(session, ann))
    answer = web.post("/v1/keys", json={"name": "new", "scopes": ["readings:write"], **change})
    assert answer.status_code == status, answer.text
    assert [each["field"] for each in answer.json().get("errors", [])] == [field] * bool(field)
    assert web.get("/v1/keys").json() == []


def test_a_name_is_free_again_after_the_key_is_revoked(api: TestClient) -> None:
    new = {"name": "gateway", "scopes": ["*"]}
    key = api.post("/v1/keys", json=new).json()
    again = api.post("/v1/keys", json=new)
    assert (again.status_code, again.json()["type"]) == (409, "already-exists")
    api.delete(f"/v1/keys/{key['id']}")
    assert api.post("/v1/keys", json=new).status_code == 201


def test_an_admin_issues_and_revokes_for_others(
    api: TestClient, session: Session, ann: User, bring: Bring
) -> None:
    answer = api.post("/v1/keys", json={"name": "x", "scopes": ["*"], "owner": "Ann@Example.org"})
    assert (answer.json()["owner"], answer.json()["role"]) == (ANN, "editor")
    device = bring(answer.json()["secret"])
    assert device.get("/v1/auth/me").json()["email"] == ANN
    users.update(session, ann.id, UserChange(active=False), HASHER)
    refused = api.post("/v1/keys", json={"name": "y", "scopes": ["*"], "owner": ANN})
    assert (refused.status_code, refused.json()["type"]) == (409, "conflict")
    unknown = api.post("/v1/keys", json={"name": "y", "scopes": ["*"], "owner": "no@example.org"})
    assert unknown.status_code == 404


def test_people_see_and_revoke_their_own_keys_alone(
    web: TestClient, session: Session, ann: User
) -> None:
    mine = issue(session, ann)
    other = issue(session, add_user(session, "bob@example.org"))
    carry(web, log_in(session, ann))
    assert [key["id"] for key in web.get("/v1/keys").json()] == [mine.id]
    assert web.get(f"/v1/keys/{other.id}").status_code == 404
    assert web.delete(f"/v1/keys/{other.id}").status_code == 404
    assert web.delete(f"/v1/keys/{mine.id}").status_code == 204
    assert keys.get(session, other.id).name == "gateway"


def test_no_key_tends_keys_or_passwords(session: Session, bring: Bring) -> None:
    admin = add_user(session, ANN)
    key = issue(session, admin)
    device = bring(key.secret)
    change = {"current_password": "x", "new_password": "y"}
    answers = [
        device.get("/v1/keys"),
        device.post("/v1/keys", json={"name": "more", "scopes": ["*"]}),
        device.delete(f"/v1/keys/{key.id}"),
        device.post("/v1/auth/password", json=change),
    ]
    assert [answer.status_code for answer in answers] == [403] * 4
    assert works(device)


def test_a_key_costs_one_query(
    session: Session, ann: User, bring: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    register(session, "one")
    device = bring(issue(session, ann, Scope.READINGS_WRITE, sensors=("one",)).secret)
    asked: list[str] = []

    class Noting(psycopg.Cursor[Any]):
        def execute(self, query: Any, *given: Any, **options: Any) -> Self:
            asked.append(str(query))
            return super().execute(query, *given, **options)

    monkeypatch.setattr(driver_of(session), "cursor_factory", Noting)
    assert device.get("/v1/auth/me").status_code == 200
    assert len([statement for statement in asked if "SELECT" in statement]) == 1


def test_the_last_use_is_known_to_the_minute(
    app: FastAPI, session: Session, ann: User, bring: Bring
) -> None:
    key = issue(session, ann)
    works(bring(key.secret))
    used = state_of(app).uses.taken()
    assert used == [key.id]
    keys.note_uses(session, used)
    first = keys.get(session, key.id).last_used_at
    works(bring(key.secret))
    assert state_of(app).uses.taken() == []
    keys.note_uses(session, [key.id])
    assert keys.get(session, key.id).last_used_at == first


@pytest.mark.usefixtures("own_environment")
def test_a_running_api_writes_down_what_was_used_before_it_ends() -> None:
    with transaction() as opened:
        ann = add_user(opened, ANN)
        used, idle = issue(opened, ann), issue(opened, ann, name="idle")
    with serving(create_app()) as url, Client(url, api_key=used.secret) as client:
        client.me()
    with transaction() as opened:
        assert keys.get(opened, used.id).last_used_at is not None
        assert keys.get(opened, idle.id).last_used_at is None


def test_the_log_of_changes_tells_of_keys_and_of_what_they_did(
    api: TestClient, session: Session, bring: Bring
) -> None:
    key = api.post("/v1/keys", json={"name": "gateway", "scopes": ["*"]}).json()
    bring(key["secret"]).post("/v1/measures", json={"name": "humidity", "unit": "percent"})
    api.delete(f"/v1/keys/{key['id']}")
    log = api.get("/v1/audit").json()
    assert [(each["actor"], each["action"], each["noun"], each["name"]) for each in log[:3]] == [
        ("api@example.org", "deleted", "key", "api@example.org/gateway"),
        ("api@example.org by key gateway", "created", "measure", "humidity [percent]"),
        ("api@example.org", "created", "key", "api@example.org/gateway"),
    ]
    assert key["secret"] not in str(log)
    assert "secret_hash" not in str(log)
