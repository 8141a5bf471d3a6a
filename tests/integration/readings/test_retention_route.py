"""Retention over the API."""

from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dtbase.domain.people.users import Role
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


def test_of_two_who_edit_a_class_the_second_learns_of_the_first(api: TestClient) -> None:
    tag = api.put("/v1/retention/short", json={"keep_days": 30}).headers["etag"]
    assert api.get("/v1/retention/short").headers["etag"] == tag
    first = api.put("/v1/retention/short", json={"keep_days": 31}, headers={"If-Match": tag})
    assert first.status_code == 200
    for stale in (
        api.put("/v1/retention/short", json={"keep_days": 32}, headers={"If-Match": tag}),
        api.delete("/v1/retention/short", headers={"If-Match": tag}),
        api.put("/v1/retention/other", json={"keep_days": 32}, headers={"If-Match": tag}),
    ):
        assert (stale.status_code, stale.json()["type"]) == (412, "stale")


def test_only_an_empty_class_can_be_deleted_and_never_the_default_one(
    api: TestClient, session: Session
) -> None:
    add_sensor(session)
    api.put("/v1/retention/short", json={"keep_days": 30, "measures": ["rain"]})
    held = api.delete("/v1/retention/short")
    assert (held.status_code, held.json()["type"]) == (409, "in-use")
    assert held.json()["errors"][0]["value"] == "rain"
    api.put("/v1/retention/default", json={"keep_days": None, "measures": ["rain"]})
    assert api.delete("/v1/retention/short").status_code == 204
    assert api.get("/v1/retention/short").status_code == 404
    assert api.delete("/v1/retention/short").status_code == 404
    assert api.delete("/v1/retention/default").status_code == 409


def test_the_log_says_who_changed_which_class(api: TestClient, session: Session) -> None:
    add_sensor(session)
    api.put("/v1/retention/short", json={"keep_days": 30})
    api.put("/v1/retention/short", json={"keep_days": 30, "measures": ["rain"]})
    api.put("/v1/retention/short", json={"keep_days": 30})
    changed, created = api.get("/v1/audit", params={"noun": "retention class"}).json()
    assert (created["action"], created["after"]["keep_days"]) == ("created", 30)
    assert changed["after"]["measures"] == ["rain"]
    assert changed["actor"] == "api@example.org"


def test_an_editor_may_look_but_not_change(web: TestClient, session: Session) -> None:
    carry(web, log_in(session, add_user(session, "ed@example.org", Role.EDITOR)))
    assert web.get("/v1/retention").status_code == 200
    assert web.put("/v1/retention/short", json={"keep_days": 1}).status_code == 403
