"""A thousand things of any noun at once: by statements that are each for all of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from tests.statements import counting

FEW, MANY = range(100), range(100, 1100)
BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
OPTIONAL = {"description", "notes", "location", "parent", "unit", "parameter_set"}

METER = {"name": "energy", "unit": "kWh", "statistic": "counter", "options": {"top": 100}}
FIELD = {"name": "x", "datatype": "float", "unit": "m"}
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"writeOnly": True}}}
PROFILE = {"columns": {"t": {"series": "loft/temperature"}}}

Things = list[dict[str, Any]]


def unalike(numbers: range, **fields: Any) -> Things:
    """Return documents with a number in each text, every other one without what may be absent."""
    return [
        {
            name: value % n if isinstance(value, str) and "%d" in value else value
            for name, value in fields.items()
            if n % 2 or name not in OPTIONAL
        }
        for n in numbers
    ]


def saying(things: Things) -> Things:
    """Let some of them say of their meter what holds for them alone."""
    for n, each in enumerate(things):
        if n % 2:
            each["rules"] = {"energy": {"fail": {"maximum": n}}}
        if n % 3:
            each["statistics"] = {"energy": {"statistic": "counter", "options": {"top": n}}}
    return things


def types(numbers: range) -> Things:
    """Return sensor types that share some measures and have some of their own."""
    shared = [{"name": f"shared-{place}", "unit": "mm"} for place in range(3)]
    things = unalike(numbers, name="type-%d", description="kind %d")
    for n, each in enumerate(things):
        each["measures"] = [METER, shared[n % 3], {"name": f"own-{each['name']}", "unit": "degC"}]
    return saying(things)


def stays(numbers: range) -> Things:
    """Return where one sensor was from hour to hour: here, and nowhere."""
    return [
        {
            "sensor": "probe",
            "location": "here" if n % 2 else None,
            "since": (BEGIN + timedelta(hours=n)).isoformat(),
        }
        for n in numbers
    ]


def of_nouns(numbers: range) -> dict[str, Things]:
    """Return so many of each noun by its path, no two alike."""
    return {
        "measures": unalike(numbers, name="measure-%d", unit="hPa"),
        "sensor-types": types(numbers),
        "sensors": saying(
            unalike(numbers, identifier="s-%d", type="meter", notes="no. %d", location="here")
        ),
        "location-schemas": unalike(numbers, name="schema-%d", description="%d", fields=[FIELD]),
        "locations": unalike(numbers, identifier="l-%d", name="Place %d", parent="here"),
        "models": unalike(numbers, name="model-%d", description="%d"),
        "models/oracle/scenarios": unalike(numbers, name="scenario-%d", description="%d"),
        "installations": stays(numbers),
        "import-profiles": unalike(numbers, name="profile-%d", profile=PROFILE),
        "services/svc/parameter-sets": unalike(
            numbers, name="set-%d", description="%d", parameters={"a": 1, "b": "hidden"}
        ),
        "schedules": unalike(
            numbers, name="schedule-%d", service="svc", parameter_set="known", cron="5 * * * *"
        ),
        "users": unalike(
            numbers[:100], email="u%d@example.org", password="velvet marble canyon %d"
        ),
    }


@pytest.fixture
def world(api: TestClient) -> None:
    """Add what the things of all nouns name."""
    service = {"name": "svc", "request": {"url": "http://example.org/x"}}
    for path, document in (
        ("locations", {"identifier": "here", "name": "Here"}),
        ("sensor-types", {"name": "meter", "measures": [METER]}),
        ("sensors", {"identifier": "probe", "type": "meter"}),
        ("models", {"name": "oracle"}),
        ("services", {**service, "parameters_schema": SCHEMA}),
        ("services/svc/parameter-sets", {"name": "known", "parameters": {"a": 1}}),
    ):
        answer = api.post(f"/v1/{path}", json=document)
        assert answer.status_code == 201, answer.text


def names(things: Things, brought: Things) -> list[object]:
    """Return what tells things of a kind apart."""
    names = {"name", "identifier", "email", "since"} & brought[0].keys()
    return [{name: str(each[name]).replace("+00:00", "Z") for name in names} for each in things]


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("noun", of_nouns(FEW))
def test_ten_times_as_many_of_a_noun_cost_no_more_statements(
    api: TestClient, engine: Engine, noun: str
) -> None:
    sent = []
    for things in (of_nouns(FEW)[noun][:50], of_nouns(MANY)[noun]):
        with counting(engine) as statements:
            answer = api.post(f"/v1/{noun}/bulk", json=things)
        assert answer.status_code == 201, answer.text
        assert names(answer.json(), things) == names(things, things)
        sent.append(len(statements))
    assert sent[1] <= sent[0] + 3, statements  # a thousand rows are several statements of one kind


@pytest.mark.usefixtures("world")
@pytest.mark.parametrize("noun", of_nouns(FEW))
def test_what_is_there_already_is_named_row_by_row_for_no_more(
    api: TestClient, engine: Engine, noun: str
) -> None:
    things = of_nouns(FEW)[noun]
    with counting(engine) as first:
        api.post(f"/v1/{noun}/bulk", json=things[::2])
    with counting(engine) as statements:
        answer = api.post(f"/v1/{noun}/bulk", json=things)
    assert answer.status_code == 409, answer.text
    assert "nothing was added; row 0: " in answer.json()["detail"]
    assert "(and 49 more)" in answer.json()["detail"]
    assert [each["row"] for each in answer.json()["errors"]] == [*range(0, 100, 2)]
    assert len(statements) <= len(first)
    assert api.post(f"/v1/{noun}/bulk", json=things[1::2]).status_code == 201


def test_a_row_that_is_refused_and_one_that_is_there_are_told_together(
    api: TestClient, world: None
) -> None:
    meter = {"name": "meter", "measures": [METER]}
    other = {"name": "new", "measures": [{**METER, "statistic": "mean", "options": None}]}
    answer = api.post("/v1/sensor-types/bulk", json=[other, meter])
    assert answer.status_code == 422
    found = [(each["row"], each["field"]) for each in answer.json()["errors"]]
    assert found == [(0, "measures"), (1, "name")]
    stay = {"sensor": "probe", "location": "here", "since": "2026-01-01T00:00:00Z"}
    lost = {**stay, "location": "nowhere"}
    answer = api.post("/v1/installations/bulk", json=[stay, {**stay, "sensor": "x"}, lost, stay])
    found = [(each["row"], each["field"]) for each in answer.json()["errors"]]
    assert found == [(1, "sensor"), (2, "location"), (3, "since")]
    set_ = {"name": "bad", "parameters": {"a": "x"}}
    answer = api.post("/v1/services/svc/parameter-sets/bulk", json=[{"name": "known"}, set_])
    found = [(each["row"], each["field"]) for each in answer.json()["errors"]]
    assert found == [(0, "name"), (1, "parameters.a")]
    plan = {"name": "often", "service": "svc", "cron": "5 * * * *"}
    wrong: Things = [{"service": "x"}, {"parameter_set": "x"}, {"parameters": {"a": "x"}}, {}, {}]
    answer = api.post("/v1/schedules/bulk", json=[plan | each for each in wrong])
    found = [(each["row"], each["field"]) for each in answer.json()["errors"]]
    assert found == [(0, "service"), (1, "parameter_set"), (2, "parameters.a"), (4, "name")]
    strange = {"identifier": "s", "type": "meter", "rules": {"depth": {"fail": {"maximum": 1}}}}
    answer = api.post("/v1/sensors/bulk", json=[{**strange, "rules": {}}, strange])
    found = [(each["row"], each["field"]) for each in answer.json()["errors"]]
    assert found == [(1, "identifier")]
    assert {each["identifier"] for each in api.get("/v1/sensors").json()} == {"probe"}


def test_what_sensors_of_a_bulk_say_of_themselves_holds_for_their_series(
    api: TestClient, world: None
) -> None:
    things = saying(unalike(FEW, identifier="s-%d", type="meter"))
    assert api.post("/v1/sensors/bulk", json=things).status_code == 201
    for wanted in things[4:7]:
        stored = api.get(f"/v1/sensors/{wanted['identifier']}").json()
        assert stored["rules"].keys() == wanted.get("rules", {}).keys()
        assert stored["statistics"].keys() == wanted.get("statistics", {}).keys()
    assert api.get("/v1/sensors/s-5").json()["rules"]["energy"]["fail"]["maximum"] == 5


def test_sets_of_a_bulk_share_the_steps_that_one_request_may_take(
    api: TestClient, world: None
) -> None:
    deep = {"type": "object", "additionalProperties": {"$ref": "#/$defs/each"}}
    choices = [{"type": kind} for kind in ("integer", "null", "string", "array")] * 2 + [{}]
    schema = {**deep, "$defs": {"each": {"anyOf": choices}}}
    service = {"name": "costly", "request": {"url": "http://example.org/x"}}
    answer = api.post("/v1/services", json={**service, "parameters_schema": schema})
    assert answer.status_code == 201, answer.text
    large = {f"p{n}": True for n in range(1_000)}
    sets = [{"name": f"set-{n}", "parameters": large} for n in range(100)]
    answer = api.post("/v1/services/costly/parameter-sets/bulk", json=sets)
    assert answer.status_code == 422
    assert "too many steps" in answer.json()["detail"]
    assert answer.json()["errors"][0]["row"] > 10
    assert api.post("/v1/services/costly/parameter-sets", json=sets[0]).status_code == 201
