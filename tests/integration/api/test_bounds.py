"""What a caller sends decides nothing about how long the API computes."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

DAY = "2026-01-01T00:00:00Z"
STACKED = "m**(9**9**9)"
DOUBLING = {
    "$defs": {str(n): {"allOf": [{"$ref": f"#/$defs/{n + 1}"}] * 2} for n in range(24)}
    | {"24": {}},
    "$ref": "#/$defs/0",
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("measures", {"name": "x", "unit": STACKED}, "unit"),
        ("measures/bulk", [{"name": "x", "unit": STACKED}], "unit"),
        ("sensor-types", {"name": "x", "measures": [{"name": "x", "unit": STACKED}]}, "measures"),
        ("location-schemas", {"name": "x", "fields": [{"name": "x", "unit": STACKED}]}, "fields"),
    ],
)
def test_a_unit_that_would_be_computed_for_ever_is_refused(
    api: TestClient, path: str, body: Any, field: str
) -> None:
    answer = api.post(f"/v1/{path}", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"].startswith(field)
    assert "is not a unit that pint knows" in answer.json()["detail"]


def test_a_measure_is_not_changed_to_a_unit_that_would_be_computed_for_ever(
    api: TestClient,
) -> None:
    api.post("/v1/measures", json={"name": "x", "unit": "m"})
    assert api.patch("/v1/measures/x", json={"unit": STACKED}).status_code == 422
    assert api.get("/v1/measures/x").json()["unit"] == "m"


@pytest.mark.timeout(60)
def test_a_schema_that_doubles_24_times_is_refused(api: TestClient) -> None:
    request = {"method": "POST", "url": "https://models.example.org/run"}
    service = {"name": "model", "request": request, "parameters_schema": DOUBLING}
    answer = api.post("/v1/services", json=service)
    assert answer.status_code == 422
    assert "too large, or refers to itself too often" in answer.json()["detail"]


@pytest.mark.timeout(60)
def test_parameters_are_held_against_a_pattern_in_linear_time(api: TestClient) -> None:
    request = {"method": "POST", "url": "https://models.example.org/run"}
    schema = {"properties": {"a": {"type": "string", "pattern": "^(a+)+$"}}}
    service = {"name": "model", "request": request, "parameters_schema": schema}
    assert api.post("/v1/services", json=service).status_code == 201
    new = {"name": "set", "parameters": {"a": "a" * 35 + "!"}}
    answer = api.post("/v1/services/model/parameter-sets", json=new)
    assert answer.status_code == 422
    assert "does not match" in answer.json()["detail"]


READING = {"sensor": "probe", "measure": "t", "time": DAY, "value": 1}
SAID = json.dumps({"columns": {"t": {"series": "probe/t", "unit": STACKED}}})


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("readings", {"json": {"readings": [{**READING, "unit": STACKED}]}}),
        ("imports?file=a.csv", {"params": {"profile": SAID}, "content": f"time,t\n{DAY},1\n"}),
        ("blueprint", {"json": {"measures": [{"name": "x", "unit": STACKED}]}}),
    ],
)
def test_a_unit_beside_readings_and_in_documents_is_not_computed_either(
    api: TestClient, path: str, sent: dict[str, Any]
) -> None:
    kind = {"name": "probe", "measures": [{"name": "t", "unit": "m"}]}
    assert api.post("/v1/sensor-types", json=kind).status_code == 201
    probe = {"identifier": "probe", "type": "probe"}
    assert api.post("/v1/sensors", json=probe).status_code == 201
    answer = api.post(f"/v1/{path}", **sent)
    assert answer.status_code == 422, answer.text
    assert STACKED in answer.json()["detail"]


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("schedules", {"name": "a", "service": "b", "cron": "*/1," * 60 + "1 * * * *"}, "cron"),
        ("schedules", {"name": "a", "service": "b", "cron": "0 0 30 2 *"}, "cron"),
        ("schedules", {"name": "a", "service": "b", "every": "P99999999999D"}, "every"),
        ("schedules", {"name": "a", "service": "b", "timezone": "../" * 9}, "timezone"),
        ("users", {"email": "a@example.org", "password": "aB3{[<" * 2_000}, "password"),
    ],
)
def test_times_and_passwords_are_bounded_before_anybody_computes_with_them(
    api: TestClient, path: str, body: Any, field: str
) -> None:
    answer = api.post(f"/v1/{path}", json=body)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field
