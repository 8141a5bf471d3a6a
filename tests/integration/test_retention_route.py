"""Retention over the API."""

from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dtbase.domain.users import Role
from tests.factories import add_sensor
from tests.people import add_user, carry, log_in


def test_a_class_is_added_gets_measures_and_is_changed(api: TestClient, session: Session) -> None:
    add_sensor(session)
    made = api.put("/v1/retention/short", json={"keep_days": 30, "measures": ["rain"]})
    assert made.json() == {
        "name": "short",
        "keep_days": 30,
        "measures": ["rain"],
        "raw_from": None,
    }
    assert api.put("/v1/retention/short", json={"keep_days": None}).json()["keep_days"] is None
    listed = {each["name"]: each["measures"] for each in api.get("/v1/retention").json()}
    assert listed["short"] == ["rain"]
    assert "temperature" in listed["default"]


def test_what_makes_no_sense_is_refused(api: TestClient) -> None:
    assert api.put("/v1/retention/short", json={"keep_days": 0}).status_code == 422
    assert api.put("/v1/retention/a b", json={"keep_days": 1}).status_code == 422
    unknown = api.put("/v1/retention/short", json={"keep_days": 1, "measures": ["nothing"]})
    assert (unknown.status_code, unknown.json()["type"]) == (404, "not-found")
    assert [each["name"] for each in api.get("/v1/retention").json()] == ["default"]


def test_an_editor_may_look_but_not_change(web: TestClient, session: Session) -> None:
    carry(web, log_in(session, add_user(session, "ed@example.org", Role.EDITOR)))
    assert web.get("/v1/retention").status_code == 200
    assert web.put("/v1/retention/short", json={"keep_days": 1}).status_code == 403
