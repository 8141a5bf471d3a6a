"""What was refused to a key is kept for its owner, with what helps, and nothing of strangers."""

from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dtbase.client import Client
from dtbase.domain.people.keys import IssuedKey, NewKey, Scope
from dtbase.domain.people.refusals import MOST
from dtbase.domain.people.users import Role, User
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.errors import NotFound
from dtbase.storage.people import keys
from dtbase.storage.registry import sensor_types, sensors
from tests.people import add_user, carry, log_in
from tests.wire import client_of

TIME = "2026-01-01T00:00:00Z"
WRITES = (Scope.READINGS_WRITE,)


@pytest.fixture
def ann(session: Session) -> User:
    return add_user(session, "ann@example.org", Role.EDITOR)


@pytest.fixture
def owner(web: TestClient, session: Session, ann: User) -> Client:
    carry(web, log_in(session, ann))
    return client_of(web)


@pytest.fixture
def key(session: Session, ann: User) -> IssuedKey:
    measures = [{"name": "level", "unit": "m", "rules": {"fail": {"minimum": 0, "maximum": 9}}}]
    sensor_types.add(session, SensorType.model_validate({"name": "probe", "measures": measures}))
    for identifier in ("well", "other"):
        sensors.add(session, NewSensor(identifier=identifier, type="probe"))
    new = NewKey(name="gateway", scopes=WRITES, sensors=("well",))
    return keys.add(session, new, ann, datetime.now(UTC))


@pytest.fixture
def device(app: FastAPI, key: IssuedKey) -> TestClient:
    headers = {"Authorization": f"Bearer {key.secret}"}
    return TestClient(app, raise_server_exceptions=False, headers=headers)


def push(device: TestClient, **changed: Any) -> int:
    reading = {"sensor": "well", "measure": "level", "time": TIME, "value": 2.5} | changed
    return device.post("/v1/readings", json={"readings": [reading]}).status_code


WRONG = {
    "another sensor": ({"sensor": "other"}, 403, "made for"),
    "an unknown measure": ({"measure": "depth"}, 422, "case counts"),
    "a naive time": ({"time": "2026-01-01T00:00:00"}, 422, "offset"),
    "no time": ({"time": "yesterday"}, 422, "offset"),
    "a wrong unit": ({"unit": "bananas"}, 422, "unit"),
    "a text for a number": ({"value": "much"}, 422, "number"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_refused_line_is_told_with_its_remedy(
    owner: Client, device: TestClient, key: IssuedKey, name: str
) -> None:
    changed, status, remedy = WRONG[name]
    assert push(device, **changed) == status
    (told,) = owner.keys.refusals(key.id)
    assert told.request == "POST /v1/readings"
    assert remedy in str(told.remedy)


def test_a_wrong_scope_and_what_is_no_json_are_told_too(
    owner: Client, device: TestClient, key: IssuedKey
) -> None:
    assert device.get("/v1/sensors").status_code == 403
    headers = {"Content-Type": "application/json"}
    assert device.post("/v1/readings", content="{", headers=headers).status_code == 422
    last, first = owner.keys.refusals(key.id)
    assert (first.request, first.code) == ("GET /v1/sensors", "not-allowed")
    assert "registry:read" in first.detail
    assert "JSON" in str(last.remedy)


def test_what_is_set_aside_is_told_and_what_is_stored_is_not(
    owner: Client, device: TestClient, key: IssuedKey
) -> None:
    assert push(device) == 200
    assert owner.keys.refusals(key.id) == []
    assert push(device, value=99) == 200
    (told,) = owner.keys.refusals(key.id)
    assert (told.code, "1 of 1" in told.detail) == ("set-aside", True)


def test_the_same_again_is_counted_and_many_kinds_are_bounded(
    owner: Client, device: TestClient, key: IssuedKey
) -> None:
    for _ in range(5):
        push(device, measure="depth")
    (told,) = owner.keys.refusals(key.id)
    assert told.times == 5
    push(device, measure="depth")
    (told,) = owner.keys.refusals(key.id)
    assert told.times == 6
    for number in range(MOST + 5):
        device.get(f"/v1/sensors/{number}")
    found = owner.keys.refusals(key.id)
    assert len(found) == MOST
    assert found[0].request == f"GET /v1/sensors/{MOST + 4}"


def test_a_wrong_secret_fills_nothing(
    app: FastAPI, owner: Client, session: Session, key: IssuedKey
) -> None:
    forged = f"dtb_{key.id}_{'A' * 43}"
    stranger = TestClient(app, headers={"Authorization": f"Bearer {forged}"})
    assert push(stranger, measure="depth") == 401
    assert stranger.post("/v1/auth/login", json={}).status_code == 422
    assert stranger.get("/v1/nothing").status_code == 404
    assert stranger.get("/v1/sensors?limit=x").status_code == 401
    assert owner.keys.refusals(key.id) == []


def test_only_the_owner_and_admins_see_them(
    owner: Client, web: TestClient, session: Session, device: TestClient, key: IssuedKey
) -> None:
    push(device, measure="depth")
    assert device.get(f"/v1/keys/{key.id}/refusals").status_code == 403
    carry(web, log_in(session, add_user(session, "bob@example.org", Role.EDITOR)))
    with pytest.raises(NotFound):
        client_of(web).keys.refusals(key.id)
    carry(web, log_in(session, add_user(session, "root@example.org")))
    assert client_of(web).keys.refusals(key.id)
    client_of(web).keys.revoke(key.id)
    with pytest.raises(NotFound):
        client_of(web).keys.refusals(key.id)
