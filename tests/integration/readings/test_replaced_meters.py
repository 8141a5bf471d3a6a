"""Another meter in the same place, whose measure goes on as one series."""

from datetime import datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.integration.readings.declaring import DAY, HOUR, declare, every, push, send


def swapped(api: TestClient, old: list[float], new: list[float], **measure: Any) -> datetime:
    """Have a meter at a bench that is replaced by another one, and return when."""
    declare(api, **measure)
    assert api.post("/v1/sensors", json={"identifier": "n", "type": "kind"}).status_code == 201
    assert api.post("/v1/locations", json={"identifier": "bench", "name": "B"}).status_code == 201
    stands = {"sensor": "m", "location": "bench", "since": DAY.isoformat()}
    assert api.post("/v1/installations", json=stands).status_code == 201
    at = DAY + (len(old) + 5) * HOUR
    asked = {"by": "n", "at": at.isoformat()}
    assert api.post("/v1/sensors/m/replace", json=asked).status_code == 201
    assert send(api, old).status_code == 200
    times = [time.isoformat() for time in every(60, len(new), at)]
    part = {"sensor": "n", "measure": "stand", "times": times, "values": new}
    assert api.post("/v1/readings", json={"series": [part]}).status_code == 200
    return at


@pytest.mark.parametrize(
    ("old", "new", "use"),
    [
        ([500 + n / 2 for n in range(240)], [n / 2 for n in range(230)], 119.5 + 114.5),
        ([52_000, 52_001, 52_002, 52_003, 52_004], [48_210, 48_211, 48_214], 8),
        ([10.0, 11.0], [11.5, 12.5, 13.5], 3),
        ([10.0, 11.0], [0.0], 1),
    ],
)
def test_a_meter_is_replaced_and_its_place_goes_on_as_one_series(
    api: TestClient, old: list[float], new: list[float], use: float
) -> None:
    swapped(api, old, new, unit="kWh", statistic="counter")
    span = {"start": DAY.isoformat(), "end": (DAY + 480 * HOUR).isoformat()}
    asked = {"series": "bench/stand", "bucket": "1mo", "aggregates": ["sum", "count"], **span}
    (found,) = api.get("/v1/readings", params=asked).json()["series"]
    assert (found["sensor"], found["measure"]) == ("bench", "stand")
    assert sum(found["values"]["sum"]) == pytest.approx(use)
    assert sum(found["values"]["count"]) == len(old) + len(new)
    asked |= {"bucket": "raw"}
    del asked["aggregates"]
    (raw,) = api.get("/v1/readings", params=asked).json()["series"]
    assert raw["values"]["value"] == [*old, *new]
    csv = api.get("/v1/readings", params={**asked, "format": "csv"}).text.splitlines()
    assert len(csv) == 1 + len(old) + len(new)
    formula = {"formula": "bench/stand * 2", "bucket": "1d", **span}
    (doubled,) = api.get("/v1/formulas", params=formula).json()["series"]
    (values,) = doubled["values"].values()
    assert sum(each or 0 for each in values) == pytest.approx(2 * use)


def test_a_place_without_that_measure_has_no_series_of_that_name(api: TestClient) -> None:
    swapped(api, [1.0], [2.0], unit="kWh", statistic="counter")
    for name in ("bench/nothing", "nowhere/stand"):
        answer = api.get("/v1/readings", params={"series": [name, "m/stand"], "bucket": "1h"})
        assert answer.status_code == 404
        assert name in answer.text


@pytest.mark.parametrize(
    ("asked", "status", "field"),
    [
        ({"by": "m"}, 422, "by"),
        ({"by": "nobody"}, 422, "by"),
        ({"by": "n", "at": "2020-01-01T00:00:00Z"}, 422, "at"),
        ({"by": "n", "at": "2026-05-04T00:00:00Z"}, 409, "since"),
    ],
)
def test_a_replacement_that_cannot_be_is_refused(
    api: TestClient, asked: dict[str, str], status: int, field: str
) -> None:
    declare(api)
    assert api.post("/v1/sensors", json={"identifier": "n", "type": "kind"}).status_code == 201
    assert api.post("/v1/locations", json={"identifier": "bench", "name": "B"}).status_code == 201
    stands = {"sensor": "m", "location": "bench", "since": DAY.isoformat()}
    assert api.post("/v1/installations", json=stands).status_code == 201
    answer = api.post("/v1/sensors/m/replace", json=asked)
    assert answer.status_code == status, answer.text
    assert field in answer.text
    assert len(api.get("/v1/installations").json()) == 1


def asked_over(api: TestClient, path: str, hours: int, **asked: Any) -> Any:
    """Ask something of so many hours, and return the answer."""
    span = {"start": DAY.isoformat(), "end": (DAY + hours * HOUR).isoformat()}
    answer = api.get(path, params={**span, **asked})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_when_something_held_is_found_for_a_place_over_changed_sensors(api: TestClient) -> None:
    swapped(api, [20.0, 20.0, 31.0, 32.0], [33.0, 20.0, 35.0, 20.0])  # at 9:00, the first at 0:00
    push(api, [DAY - 2 * HOUR], [40.0])  # before it stood there
    part = {"sensor": "n", "measure": "stand", "times": [(DAY + 8 * HOUR).isoformat()]}
    sent = api.post("/v1/readings", json={"series": [{**part, "values": [50.0]}]})
    assert sent.status_code == 200  # before it, too

    def found(condition: str) -> list[tuple[float, float]]:
        asked = f"bench/stand {condition}"
        periods = asked_over(api, "/v1/periods", 13, condition=asked)["periods"]
        times = [(datetime.fromisoformat(each["start"]), each["seconds"]) for each in periods]
        return [((time - DAY) / HOUR, seconds / 3_600) for time, seconds in times]

    assert found("above 30") == [(2, 2), (9, 1), (11, 1)]
    assert found("rising 5") == [(1, 1), (10, 1)]
    assert found("silent 2h") == [(3, 6)]
    assert found("is 33") == [(9, 1)]
    assert asked_over(api, "/v1/periods", 13, condition="bench/stand above 30")["readings"] == 6


def test_the_likes_of_a_stretch_are_found_for_a_place_over_changed_sensors(
    api: TestClient,
) -> None:
    wave = [0.0, 3.0, 1.0, 5.0, 2.0]
    swapped(api, [9.0, *wave, 9.0, 9.0], [9.0, *wave, 9.0])
    asked = {"series": "bench/stand", "start": (DAY + HOUR).isoformat()}
    asked |= {"end": (DAY + 6 * HOUR).isoformat(), "limit": "1", "bucket": "1h"}
    answer = api.get("/v1/likes", params=asked)
    assert answer.status_code == 200, answer.text
    (like,) = answer.json()["likes"]
    assert datetime.fromisoformat(like["start"]) == DAY + 14 * HOUR
    assert like["distance"] == pytest.approx(0, abs=1e-6)


def test_how_complete_a_place_is_counts_each_sensor_while_it_was_there(api: TestClient) -> None:
    at = swapped(api, [20.0] * 43, [21.0] * 48)
    push(api, [DAY - 2 * HOUR], [40.0])
    (found,) = asked_over(api, "/v1/quality", 96, series="bench/stand")
    assert (found["sensor"], found["measure"], found["cadence"]) == ("bench", "stand", 3_600)
    (month,) = found["months"]
    assert (month["readings"], month["expected"]) == (43 + 48, 96)
    assert month["completeness"] == pytest.approx(91 / 96, abs=1e-4)
    silence = month["longest_silence"]
    assert datetime.fromisoformat(silence["start"]) == DAY + 42 * HOUR
    assert datetime.fromisoformat(silence["end"]) == at
    texts = api.get("/v1/quality", params={"series": "bench/nothing"})
    assert texts.status_code == 404
