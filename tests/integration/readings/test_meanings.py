"""Sensor types and sensors say otherwise than a measure what its numbers mean."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.integration.readings.declaring import DAY, HOUR, declare, every, push, told


def test_a_sensor_type_and_a_sensor_say_otherwise_than_the_measure(api: TestClient) -> None:
    declare(api, unit="W")
    push(api, [DAY, DAY + HOUR], [0.0, 24.0])
    assert told(api, 24, "1d") == [12.0]
    kind = {"statistics": {"stand": {"statistic": "level"}}}
    assert api.patch("/v1/sensor-types/kind", json=kind).is_success
    assert api.get("/v1/sensor-types/kind").json()["statistics"]["stand"]["statistic"] == "level"
    assert told(api, 24, "1d") == [23.0]
    own = {"statistics": {"stand": {"statistic": "level", "options": {"holds": "1h"}}}}
    assert api.patch("/v1/sensors/m", json=own).is_success
    assert told(api, 24, "1d") == [12.0]
    assert told(api, 24, "1d", "integral") == [24.0]
    (listed,) = api.get("/v1/series", params={"sensor": "m"}).json()
    assert (listed["statistic"], listed["options"]["holds"]) == ("level", "1h")
    assert api.patch("/v1/sensors/m", json={"statistics": {}}).is_success
    assert told(api, 24, "1d") == [23.0]
    assert api.patch("/v1/sensor-types/kind", json={"statistics": {}}).is_success
    assert told(api, 24, "1d") == [12.0]


@pytest.mark.parametrize("path", ["/v1/sensor-types/kind", "/v1/sensors/m"])
@pytest.mark.parametrize(
    ("meant", "rule"),
    [
        ({"nothing": {"statistic": "level"}}, "which is not measured"),
        ({"stand": {"statistic": "state"}}, "needs a boolean or string"),
        ({"stand": {"statistic": "mean", "options": {"top": 9}}}, "has no option top"),
    ],
)
def test_a_meaning_that_a_measure_cannot_carry_is_refused(
    api: TestClient, path: str, meant: dict[str, Any], rule: str
) -> None:
    declare(api, unit="W")
    answer = api.patch(path, json={"statistics": meant})
    assert answer.status_code == 422
    assert rule in answer.text


def test_a_document_holds_what_numbers_mean(api: TestClient) -> None:
    declare(api, unit="kWh", statistic="counter", options={"top": 9999, "rate": 20})
    own = {"statistics": {"stand": {"statistic": "net"}}}
    assert api.patch("/v1/sensors/m", json=own).is_success
    kind = {"statistics": {"stand": {"statistic": "level", "options": {"holds": "2h"}}}}
    assert api.patch("/v1/sensor-types/kind", json=kind).is_success
    document = api.get("/v1/blueprint").json()
    said = {each["name"]: each for each in document["measures"]}["stand"]
    assert said["options"]["rate"] == 20
    plan = api.post("/v1/blueprint", params={"dry_run": "true"}, json=document)
    assert plan.is_success, plan.text
    changed = json.loads(json.dumps(document))
    (sensor,) = (each for each in changed["sensors"] if each["identifier"] == "m")
    sensor["statistics"] = {}
    applied = api.post("/v1/blueprint", json=changed)
    assert applied.is_success, applied.text
    assert api.get("/v1/sensors/m").json()["statistics"] == {}


def test_a_reset_is_said_of_one_sensor_and_told_of_all_that_is_stored(api: TestClient) -> None:
    declare(api, unit="kWh", statistic="counter")
    push(api, every(60, 72), [10.0 + hour for hour in range(30)] + [60.0 + n for n in range(42)])
    assert told(api, 72, "1d") == [24.0, 44.0, 23.0]
    reset = (DAY + 29.5 * HOUR).isoformat()
    meant = {"statistic": "counter", "options": {"resets": [reset]}}
    answer = api.patch("/v1/sensors/m", json={"statistics": {"stand": meant}})
    assert answer.is_success, answer.text
    assert answer.json()["statistics"]["stand"]["options"]["resets"] == ["2026-05-05T05:30:00Z"]
    assert told(api, 72, "1d") == [24.0, 83.0, 23.0]
    assert told(api, 31, "1h")[28:] == [1.0, 60.0, 1.0]
    document = api.get("/v1/blueprint").json()
    plan = api.post("/v1/blueprint", params={"dry_run": "true"}, json=document)
    assert plan.is_success, plan.text
    meant["options"] = {"resets": ["yesterday"]}
    refused = api.patch("/v1/sensors/m", json={"statistics": {"stand": meant}})
    assert refused.status_code == 422
    assert "resets" in refused.text


def test_a_change_over_stored_readings_names_the_run_that_stores_them_anew(
    api: TestClient,
) -> None:
    declare(api, unit="W")
    level = {"statistic": "level"}
    assert "rebuild-run" not in api.patch("/v1/measures/stand", json=level).headers
    assert "rebuild-run" not in api.patch("/v1/measures/stand", json={"statistic": "mean"}).headers
    push(api, every(60, 30), [float(n) for n in range(30)])
    changes: dict[str, dict[str, Any]] = {
        "/v1/measures/stand": level,
        "/v1/sensor-types/kind": {"statistics": {"stand": {"statistic": "net"}}},
        "/v1/sensors/m": {"statistics": {"stand": {"statistic": "counter"}}},
    }
    for path, change in changes.items():
        named = api.patch(path, json=change).headers["rebuild-run"]
        run = api.get(f"/v1/service-runs/{named}").json()
        assert (run["service"], run["status"]) == ("rebuild", "queued")
        assert run["parameters"] == {"series": ["m/stand"]}
        assert api.patch(path, json=change).headers.get("rebuild-run") is None
        for back in ("/v1/sensor-types/kind", "/v1/sensors/m"):
            assert api.patch(back, json={"statistics": {}}).is_success
        assert api.patch("/v1/measures/stand", json={"statistic": "mean"}).is_success


def test_a_document_that_changes_a_meaning_names_the_run_and_a_dry_run_asks_for_none(
    api: TestClient,
) -> None:
    declare(api, unit="W")
    push(api, every(60, 3), [1.0, 2.0, 3.0])
    document = api.get("/v1/blueprint").json()
    (said,) = (each for each in document["measures"] if each["name"] == "stand")
    said["statistic"] = "level"
    dry = api.post("/v1/blueprint", params={"dry_run": "true"}, json=document)
    assert dry.is_success
    assert "rebuild-run" not in dry.headers
    applied = api.post("/v1/blueprint", json=document)
    assert applied.is_success
    run = api.get(f"/v1/service-runs/{applied.headers['rebuild-run']}").json()
    assert run["service"] == "rebuild"
