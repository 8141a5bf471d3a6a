"""Levels, amounts and places as people told of them in public, each reckoned by hand."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.integration.readings.declaring import DAY, HOUR, ask, declare, every, push, send, told

MONTH = 30 * 24


def figures(api: TestClient, hours: int, name: str = "m/stand") -> dict[str, Any]:
    """Return the statistics of a range."""
    span = {"start": DAY.isoformat(), "end": (DAY + hours * HOUR).isoformat()}
    answer = api.get("/v1/statistics", params={"series": name, **span})
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()
    return dict(found)


def test_a_valve_that_is_silent_for_weeks_was_open_until_it_closed(api: TestClient) -> None:
    declare(api, unit="percent", statistic="level")
    push(api, [DAY, DAY + 25 * 24 * HOUR, DAY + MONTH * HOUR], [100.0, 0.0, 0.0])
    assert told(api, MONTH, "1d") == [100.0] * 25 + [0.0] * 5
    found = figures(api, MONTH)
    assert found["mean"] == pytest.approx(100 * 25 / 30)
    assert (found["median"], found["min"], found["max"]) == (100, 0, 100)


def test_a_level_that_is_silent_for_a_month_holds_for_the_hour_that_is_said(
    api: TestClient,
) -> None:
    declare(api, unit="W", statistic="level", options={"holds": "1h"})
    push(api, [DAY, DAY + HOUR, DAY + MONTH * HOUR, DAY + (MONTH + 2) * HOUR], [10.0, 50.0, 0, 0])
    assert told(api, 4, "1h") == [10.0, 50.0, None, None]
    total = ask(api, DAY, DAY + MONTH * HOUR, bucket="1mo", aggregates="integral")
    assert sum(each or 0 for each in total["values"]["integral"]) == 60.0
    assert figures(api, MONTH)["mean"] == 30.0


def test_the_figures_of_a_plug_are_those_of_its_time(api: TestClient) -> None:
    declare(api, unit="W", statistic="level")
    busy = every(1, 120, DAY + 17 * HOUR)
    values = [20.0, *[120.0 + place % 2 for place in range(120)], 20.0, 20.0]
    push(api, [DAY, *busy, DAY + 19 * HOUR, DAY + 24 * HOUR], values)
    found = figures(api, 24)
    mean = (20 * 22 + 120.5 * 2) / 24
    assert found["mean"] == pytest.approx(mean)
    assert (found["p5"], found["median"], found["max"]) == (20, 20, 121)
    squares = 22 * (20 - mean) ** 2 + (120 - mean) ** 2 + (121 - mean) ** 2
    assert found["deviation"] == pytest.approx((squares / 24) ** 0.5)


def test_what_held_before_a_range_is_among_its_figures(api: TestClient) -> None:
    declare(api, unit="W", statistic="level")
    push(api, [DAY - 10 * 24 * HOUR, DAY + 48 * HOUR], [70.0, 10.0])
    found = figures(api, 24)
    assert (found["count"], found["mean"], found["min"], found["max"]) == (0, 70, 70, 70)
    assert found["max_at"] == DAY.isoformat().replace("+00:00", "Z")


def test_amounts_at_the_ends_of_hours_make_an_autumn_day_of_twenty_five(api: TestClient) -> None:
    stamps = {"at": "end", "interval": "1h"}
    declare(api, unit="kWh", statistic="total", stamps=stamps)
    midnight = datetime(2026, 10, 24, 22, tzinfo=UTC)
    push(api, every(60, 26, midnight + HOUR), [1.0] * 25 + [100.0])
    asked = {"bucket": "1d", "aggregates": ["sum", "count"], "timezone": "Europe/Berlin"}
    found = ask(api, midnight, midnight + 25 * HOUR, **asked)["values"]
    assert (found["sum"], found["count"]) == ([25.0], [25])


def test_what_was_drawn_and_given_back_is_told_by_a_formula_of_two_meters(
    api: TestClient,
) -> None:
    measures = [{"name": name, "unit": "kWh", "statistic": "counter"} for name in ("in", "out")]
    assert api.post("/v1/sensor-types", json={"name": "two", "measures": measures}).is_success
    assert api.post("/v1/sensors", json={"identifier": "m", "type": "two"}).is_success
    drawn, given = [100.0, 103.0, 0.0, 104.0, 104.0], [7.0, 7.0, 9.0, 12.0, 12.5]
    times = [time.isoformat() for time in every(60, 5)]
    parts = [
        {"sensor": "m", "measure": name, "times": times, "values": stands}
        for name, stands in (("in", drawn), ("out", given))
    ]
    assert api.post("/v1/readings", json={"series": parts}).status_code == 200
    asked = {"formula": "m/in - m/out", "bucket": "1d", "start": DAY.isoformat()}
    asked["end"] = (DAY + 24 * HOUR).isoformat()
    (found,) = api.get("/v1/formulas", params=asked).json()["series"]
    (values,) = found["values"].values()
    assert values == pytest.approx([4.0 - 5.5])


def test_the_last_of_what_is_said_twice_of_one_time_counts(api: TestClient) -> None:
    declare(api, unit="kWh", statistic="counter")
    push(api, [DAY, DAY + HOUR, DAY + HOUR, DAY + 2 * HOUR], [10.0, 900.0, 11.5, 12.0])
    assert told(api, 3, "1h") == [1.5, 0.5, None]


@pytest.mark.parametrize("order", [(6, 0, 3, 7, 2, 1, 5, 4), (4, 3, 7, 0, 1, 6, 5, 2)])
def test_a_reset_whose_readings_come_out_of_order_is_told_as_if_they_had_not(
    api: TestClient, order: Sequence[int]
) -> None:
    declare(api, unit="kWh", statistic="counter")
    stands = [10.0, 11.0, 12.0, 1.0, 2.0, 3.0, 4.0, 5.0]
    for place in order:
        assert send(api, [stands[place]], DAY + place * HOUR).status_code == 200
    assert told(api, 24, "1d") == [2 + 1 + 4]


def moved(api: TestClient, **measure: Any) -> None:
    """Have three meters of a kind, and the first of them at a bench."""
    declare(api, **measure)
    for name in ("n", "o"):
        assert api.post("/v1/sensors", json={"identifier": name, "type": "kind"}).is_success
    assert api.post("/v1/locations", json={"identifier": "bench", "name": "B"}).is_success
    there = {"sensor": "m", "location": "bench", "since": DAY.isoformat()}
    assert api.post("/v1/installations", json=there).is_success


def swap(api: TestClient, old: str, new: str, at: datetime) -> None:
    asked = {"by": new, "at": at.isoformat()}
    assert api.post(f"/v1/sensors/{old}/replace", json=asked).status_code == 201


def read(api: TestClient, sensor: str, times: list[datetime], values: list[float]) -> None:
    said = [time.isoformat() for time in times]
    part = {"sensor": sensor, "measure": "stand", "times": said, "values": values}
    assert api.post("/v1/readings", json={"series": [part]}).status_code == 200


def of_bench(api: TestClient, bucket: str, name: str, hours: int = 48) -> list[float | None]:
    span = {"start": DAY.isoformat(), "end": (DAY + hours * HOUR).isoformat(), "fill": "null"}
    asked = {"series": "bench/stand", "bucket": bucket, "aggregates": name, **span}
    (found,) = api.get("/v1/readings", params=asked).json()["series"]
    return list(found["values"][name])


def test_two_swaps_in_a_day_add_up_to_what_all_three_meters_counted(api: TestClient) -> None:
    moved(api, unit="kWh", statistic="counter")
    swap(api, "m", "n", DAY + 9 * HOUR)
    swap(api, "n", "o", DAY + 15 * HOUR)
    read(api, "m", every(60, 9), [100.0 + n for n in range(9)])
    read(api, "n", every(60, 6, DAY + 9 * HOUR), [5000.0 + 2 * n for n in range(6)])
    read(api, "o", every(60, 9, DAY + 15 * HOUR), [3.0 * n for n in range(9)])
    assert of_bench(api, "1d", "sum") == [8 + 10 + 24, None]
    found = figures(api, 24, "bench/stand")
    assert (found["sensor"], found["total"], found["count"]) == ("bench", 42, 24)


def test_a_swap_while_nothing_was_heard_counts_only_what_meters_said(api: TestClient) -> None:
    moved(api, unit="kWh", statistic="counter")
    swap(api, "m", "n", DAY + 20 * HOUR)
    read(api, "m", [DAY, DAY + 4 * HOUR], [880.0, 884.0])
    read(api, "n", [DAY + 30 * HOUR, DAY + 34 * HOUR], [12.5, 14.5])
    assert sum(each or 0 for each in of_bench(api, "1d", "sum")) == 6.0


def test_a_level_of_a_place_holds_until_the_swap_and_no_longer(api: TestClient) -> None:
    moved(api, unit="W", statistic="level")
    swap(api, "m", "n", DAY + 12 * HOUR)
    read(api, "m", [DAY], [100.0])
    read(api, "n", [DAY + 18 * HOUR, DAY + 24 * HOUR], [40.0, 40.0])
    assert of_bench(api, "6h", "mean", 24) == [100.0, 100.0, None, 40.0]
    assert of_bench(api, "1d", "mean", 24) == [(12 * 100 + 6 * 40) / 18]
    assert figures(api, 24, "bench/stand")["mean"] == pytest.approx((12 * 100 + 6 * 40) / 18)
