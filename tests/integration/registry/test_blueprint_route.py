"""A document over HTTP: planned against what there is, and applied whole or not at all."""

from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from dtbase.domain.people.keys import NewKey, Scope
from dtbase.domain.people.users import Role
from dtbase.domain.registry.measures import Measure
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.services import Readings, Yielded
from dtbase.storage.people import keys
from dtbase.storage.registry import measures, sensors
from jobs.services import writing
from tests.people import add_user, log_in
from tests.statements import counting

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
PROBE = {"name": "probe", "measures": [{"name": "level", "unit": "m"}]}
LEVEL = {"name": "level", "unit": "m"}
Document = dict[str, Any]


def document(*sensors: str, **kinds: Any) -> Document:
    named = [{"identifier": sensor, "type": "probe"} for sensor in sensors]
    return {"measures": [LEVEL], "sensor_types": [PROBE], "sensors": named, **kinds}


def apply(api: TestClient, document: Document, **params: str) -> Document:
    answer = api.post("/v1/blueprint", json=document, params=params)
    assert answer.status_code == 200, answer.text
    told: Document = answer.json()
    return told


def refusal(api: TestClient, document: Document, **params: str) -> Document:
    answer = api.post("/v1/blueprint", json=document, params=params)
    assert answer.status_code in (403, 409, 412, 422), answer.text
    told: Document = answer.json()
    return told


def lines(plan: Document) -> list[str]:
    return [f"{step['action']} {step['name']}" for step in plan["steps"]]


def push(session: Session, sensor: str) -> None:
    writing.write(session, [Readings(sensor, "level", [NOON], [1.0])], writing.Origins("s", 1))


def names(session: Session) -> list[str]:
    return [sensor.identifier for sensor in sensors.list(session)]


def test_what_a_service_has_registered_is_left_alone(api: TestClient, session: Session) -> None:
    apply(api, document("mine"))
    found: list[Yielded] = [
        SensorType(name="feed", measures=(Measure(name="wind", unit="m/s"),)),
        NewSensor(identifier="station", type="feed"),
    ]
    writing.write(session, found, writing.Origins("weather", 1))
    told = apply(api, document("mine"))
    assert (told["steps"], told["left_alone"]) == ([], 3)
    assert names(session) == ["mine", "station"]


def test_what_people_have_registered_is_left_alone_until_a_document_names_it(
    api: TestClient, session: Session
) -> None:
    apply(api, document("mine"))
    sensors.add(session, NewSensor(identifier="hers", type="probe"))
    assert apply(api, document("mine"))["left_alone"] == 1
    assert lines(apply(api, document("mine", "hers"))) == ["adopt hers"]
    assert lines(apply(api, document("mine"))) == ["delete hers"]
    assert names(session) == ["mine"]


def test_what_is_refused_is_all_named_and_nothing_changes(
    api: TestClient, session: Session
) -> None:
    apply(api, document("one", "two"))
    push(session, "one")
    push(session, "two")
    wanted = document(measures=[LEVEL, {"name": "new"}])
    told = refusal(api, wanted)
    assert [each["field"] for each in told["errors"]] == ["sensors.two", "sensors.one"]
    assert "readings one/level" in told["errors"][1]["rule"]
    assert [measure.name for measure in measures.list(session)] == ["level"]
    apply(api, wanted, cascade="true")
    assert names(session) == []
    assert [measure.name for measure in measures.list(session)] == ["level", "new"]


@pytest.mark.parametrize("dry_run", ["true", "false"])
@pytest.mark.parametrize(
    ("wanted", "rule"),
    [
        (
            {"sensors": [{"identifier": "a", "type": "prob"}]},
            "+ sensor a: no sensor type 'prob'",
        ),
        (
            {"locations": [{"identifier": "a", "name": "A", "parent": "b"}]},
            "+ location a: no location 'b'",
        ),
        (
            {"schedules": [{"name": "a", "service": "b", "cron": "0 1 * * *"}]},
            "+ schedule a: no service 'b'",
        ),
        (
            {"scenarios": [{"model": "a", "name": "warm"}]},
            "+ scenario a/warm: no model 'a'",
        ),
    ],
)
def test_a_dry_run_refuses_what_an_application_would(
    api: TestClient, session: Session, wanted: Document, rule: str, dry_run: str
) -> None:
    told = refusal(api, {**document("one"), **wanted}, dry_run=dry_run)
    assert rule in told["detail"]
    assert measures.list(session) == []


def test_a_dry_run_changes_nothing_and_tells_the_same_plan(
    api: TestClient, session: Session
) -> None:
    tried = apply(api, document("one"), dry_run="true")
    assert names(session) == []
    assert apply(api, document("one"), agreed=tried["digest"]) == tried
    assert names(session) == ["one"]


def test_another_plan_than_was_agreed_to_is_not_taken(api: TestClient, session: Session) -> None:
    agreed = apply(api, document("one"), dry_run="true")["digest"]
    measures.add(session, Measure(name="level", unit="m"))
    assert refusal(api, document("one"), agreed=agreed)["type"] == "stale"
    assert names(session) == []


def test_cascade_deletes_no_sensor_that_is_not_the_documents(
    api: TestClient, session: Session
) -> None:
    apply(api, document())
    sensors.add(session, NewSensor(identifier="hers", type="probe"))
    told = refusal(api, document(sensor_types=[]), cascade="true")
    assert "- sensor type probe" in told["detail"]
    assert "sensors hers" in told["detail"]
    assert names(session) == ["hers"]


def test_cascade_deletes_no_schedule_that_is_not_the_documents(api: TestClient) -> None:
    far = {"name": "far", "request": {"url": "https://example.org/run"}}
    apply(api, {"services": [far]})
    api.post("/v1/schedules", json={"name": "hers", "service": "far", "every": "PT1H"})
    assert "schedules hers" in refusal(api, {"services": []}, cascade="true")["detail"]
    assert api.get("/v1/schedules/hers").status_code == 200


def test_the_parts_of_what_goes_are_named_and_go_with_it(api: TestClient, session: Session) -> None:
    kept = [{"identifier": "yard", "name": "Yard"}]
    apply(api, document("one", locations=kept))
    stay = {"sensor": "one", "location": "yard", "since": NOON.isoformat()}
    assert api.post("/v1/installations", json=stay).status_code == 201
    plan = apply(api, document(locations=kept))
    assert lines(plan) == ["delete one since 2026-01-31T12:00:00+00:00", "delete one"]
    assert api.get("/v1/installations").json() == []


def test_a_document_that_contradicts_itself_is_refused(api: TestClient, session: Session) -> None:
    stay = {"sensor": "one", "location": None, "since": NOON.isoformat()}
    apply(api, document("one", installations=[stay]))
    told = refusal(api, document(installations=[stay]))
    assert "contradicts itself" in told["detail"]
    assert names(session) == ["one"]


def test_an_interval_keeps_the_beginning_that_it_was_given(api: TestClient) -> None:
    far = {"name": "far", "request": {"url": "https://example.org/run"}}
    wanted = {"services": [far], "schedules": [{"name": "a", "service": "far", "every": "PT1H"}]}
    apply(api, wanted)
    assert apply(api, wanted)["steps"] == []


def test_a_default_scenario_that_has_left_the_document_says_nothing_again(
    api: TestClient,
) -> None:
    model = {"models": [{"name": "physics"}]}
    said = {"model": "physics", "name": "default", "parameters": {"area": 2}}
    apply(api, {**model, "scenarios": [said]})
    apply(api, {**model, "scenarios": []})
    found = api.get("/v1/models/physics/scenarios/default").json()
    assert found["parameters"] == {}
    api.patch("/v1/models/physics/scenarios/default", json={"parameters": {"area": 3}})
    assert apply(api, {**model, "scenarios": []})["steps"] == []


def test_an_editor_may_add_by_a_document_and_not_delete(
    api: TestClient, web: TestClient, session: Session
) -> None:
    editor = log_in(session, add_user(session, "ed@example.org", Role.EDITOR))
    web.headers["Authorization"] = f"Bearer {editor.access_token}"
    apply(web, document("one"))
    assert "this needs the role admin" in refusal(web, document())["detail"]
    assert names(session) == ["one"]


@pytest.mark.parametrize(
    "wanted",
    [
        {"retention": [{"name": "short", "keep_days": 7}]},
        {"schedules": [{"name": "a", "service": "b", "every": "PT1H"}]},
    ],
)
def test_a_key_may_do_by_a_document_what_it_may_do_without(
    web: TestClient, session: Session, wanted: Document
) -> None:
    admin = add_user(session, "ann@example.org")
    new = NewKey(name="key", scopes=(Scope.REGISTRY_WRITE,))
    secret = keys.add(session, new, admin, datetime.now(UTC)).secret
    web.headers["Authorization"] = f"Bearer {secret}"
    assert "this needs the scope" in refusal(web, wanted)["detail"]


@pytest.mark.parametrize(
    ("path", "body", "meant"),
    [
        ("/v1/blueprint", {"senors": []}, "did you mean sensors?"),
        ("/v1/sensors", {"identifer": "a", "type": "b"}, "did you mean identifier?"),
        (
            "/v1/sensor-types",
            {"name": "a", "measures": [{"name": "b", "units": "m"}]},
            "did you mean unit?",
        ),
        ("/v1/sensors/bulk", [{"identifier": "a", "typ": "b"}], "did you mean type?"),
        ("/v1/locations", {"identifier": "a", "naem": "A", "zzz": 1}, "did you mean name?"),
    ],
)
def test_a_misspelt_key_is_answered_with_what_may_be_meant(
    api: TestClient, path: str, body: object, meant: str
) -> None:
    rules = [each["rule"] for each in api.post(path, json=body).json()["errors"]]
    assert any(meant in rule for rule in rules), rules


def test_a_misspelt_filter_is_answered_with_what_may_be_meant(api: TestClient) -> None:
    assert "did you mean limit?" in api.get("/v1/sensors?limti=3").json()["detail"]


def test_a_secret_in_a_document_is_kept_and_never_shown(api: TestClient) -> None:
    token = {"type": "string", "format": "password", "writeOnly": True}
    far = {
        "name": "far",
        "request": {"url": "https://example.org/run"},
        "parameters_schema": {"type": "object", "properties": {"token": token}},
    }
    mine = {"service": "far", "name": "mine", "parameters": {"token": "hush-hush"}}
    apply(api, {"services": [far], "parameter_sets": [mine]})
    exported = api.get("/v1/blueprint").json()
    assert "hush-hush" not in str(exported)
    again = {"services": [far], "parameter_sets": exported["parameter_sets"]}
    assert apply(api, again)["steps"] == []


def many(count: int) -> dict[str, Any]:
    """Return a document of so many places, sensors and models."""
    places = [
        {
            "identifier": f"p{n:04}",
            "name": f"Place {n}",
            "parent": f"p{n - 1:04}" if n % 5 else None,
        }
        for n in range(count)
    ]
    sensors_ = [{"identifier": f"s{n:04}", "type": "station"} for n in range(count)]
    stays = [
        {"sensor": each["identifier"], "location": "p0000", "since": "2026-01-01T00:00:00Z"}
        for each in sensors_
    ]
    return {
        "measures": [LEVEL],
        "sensor_types": [{"name": "station", "measures": [LEVEL]}],
        "locations": places,
        "sensors": sensors_,
        "installations": stays,
        "models": [{"name": f"m{n}"} for n in range(count)],
    }


def test_what_a_document_adds_by_the_hundred_costs_no_statement_for_each(
    api: TestClient, engine: Engine
) -> None:
    sent = []
    for count in (20, 400):  # of which the first twenty are there the second time
        with counting(engine) as statements:
            answer = api.post("/v1/blueprint", json=many(count))
        assert answer.status_code == 200, answer.text
        sent.append(len(statements))
    assert sent[1] <= sent[0] + 5
    assert len(api.get("/v1/installations", params={"limit": 1000}).json()) == 400
    wrong = many(402)
    wrong["sensors"][400]["type"] = wrong["sensors"][401]["type"] = "none"
    refused = api.post("/v1/blueprint", json=wrong)
    assert refused.status_code == 422
    assert [each["field"] for each in refused.json()["errors"]][:2] == [
        "sensors.s0400",
        "sensors.s0401",
    ]
