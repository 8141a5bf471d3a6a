"""What really happened to people with meters, told right: each case, and some of its kind."""

from datetime import timedelta
from itertools import accumulate
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.integration.readings.declaring import DAY, HOUR, ask, declare, every, push, told

STANDS = [round(13423.7 + 0.1 * place, 1) for place in range(24)]


@pytest.mark.parametrize(
    "slips",
    [
        {9: 0.0},
        {13: STANDS[12] - 0.1},
        {5: 0.0, 6: 0.0, 7: 0.0, 8: 0.0, 9: 0.0},
        {12: 0.0, 15: 12.5},
        {9: 0.0, 13: STANDS[12] - 0.1, 20: 0.0},
        dict.fromkeys(range(2, 22), 0.0),
    ],
)
@pytest.mark.parametrize("bucket", ["1h", "5m"])
def test_a_counter_that_dips_and_comes_back_counts_nothing_by_it(
    api: TestClient, slips: dict[int, float], bucket: str
) -> None:
    declare(api, unit="kWh", statistic="counter")
    push(api, every(5, 24), [slips.get(place, stand) for place, stand in enumerate(STANDS)])
    assert told(api, 24, "1d") == told(api, 24, "1d", "sum") == [2.3]
    found = [each for each in told(api, 24, bucket) if each is not None]
    assert round(sum(found), 6) == 2.3
    assert min(found) >= 0
    if bucket == "1h":
        assert found == [1.2, 1.1]


def test_an_inverter_that_says_nought_all_night_has_counted_nothing_by_it(
    api: TestClient,
) -> None:
    declare(api, unit="kWh", statistic="counter")
    push(api, every(60, 24), [8000.0, 8004.0, *[0.0] * 14, *[8004.0 + n for n in range(8)]])
    assert told(api, 48, "1d") == [11.0, None]
    assert told(api, 12, "12h") == [4.0]
    assert told(api, 2, "1h") == [4.0, 0.0]


def test_a_tolerated_dip_that_stays_is_taken_off(api: TestClient) -> None:
    declare(api, unit="kWh", statistic="counter", options={"dip": 0.2})
    push(api, every(60, 7), [10, 10.1, 10.0, 10.0, 10.0, 10.0, 10.3])
    assert told(api, 24, "1d") == [0.3]


@pytest.mark.parametrize(
    ("top", "stands", "use"),
    [
        (65_536, [65_530, 65_534, 3, 9], 15),
        (65_535, [65_530, 65_534, 3, 9], 15),
        (2**32, [2**32 - 6, 5], 11),
        (99_999, [99_998, 99_999, 1, 3], 5),
        (100_000, [99_998.5, 0.5], 2),
        (65_536, [65_530, 0, 65_531, 65_535, 2], 8),
        (65_536, [100, 105, 0, 4], 9),  # far from its top it was started anew
    ],
)
def test_a_counter_passes_its_top(
    api: TestClient, top: float, stands: list[float], use: float
) -> None:
    declare(api, statistic="counter", options={"top": top})
    push(api, every(60, len(stands)), stands)
    assert told(api, 24, "1d") == [use]


@pytest.mark.parametrize(
    ("stands", "options", "use"),
    [
        ([52_000, 52_001, 52_002, 52_003, 52_004, 48_210, 48_211, 48_214], None, 8),
        ([5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7, 8], None, 10),
        ([12.3, 0.1, 0.4], None, 0.4),
        ([100, 101, 99_999, 102, 103], {"rate": 5}, 3),
        ([100, 101, 5_000, 5_001, 5_002], {"rate": 5}, 3),
        ([9_000, 9_001, 2_000, 2_001], {"rate": 5}, 2),
        ([9_000, 9_001, 3, 5], {"rate": 5}, 6),
    ],
)
def test_a_counter_is_swapped_or_starts_anew(
    api: TestClient, stands: list[float], options: dict[str, float] | None, use: float
) -> None:
    declare(api, statistic="counter", options=options)
    push(api, every(60, len(stands)), stands)
    assert told(api, 24, "1d") == [use]


@pytest.mark.parametrize("shift", [0, 1])
def test_a_meter_that_runs_backwards_is_told_as_it_runs(api: TestClient, shift: int) -> None:
    declare(api, unit="kWh", statistic="net")
    stands = [-467.1, -467.0, -467.4, -468.6, -469.9, -470.6, -470.4, -470.3]
    push(api, every(120, 8, DAY + shift * HOUR), stands)
    assert told(api, 24, "1d") == told(api, 24, "1d", "sum") == [-3.2]


def test_the_step_into_a_day_is_shared_with_the_day_before(api: TestClient) -> None:
    declare(api, unit="kWh", statistic="net")
    push(api, [DAY - 6 * HOUR, DAY + 2 * HOUR, DAY + 23 * HOUR], [10.0, 2.0, -5.0])
    assert told(api, 24, "1d") == [-9.0]


def test_a_counter_read_just_past_the_hour_gives_each_hour_its_own_use(api: TestClient) -> None:
    declare(api, unit="kWh", statistic="counter")
    uses = [{8: 3.0, 23: 5.0}.get(place, 1.0) for place in range(25)]
    start = DAY + timedelta(seconds=13)
    push(api, every(60, 26, start), list(accumulate(uses, initial=100.0)))
    hours = told(api, 26, "1h")
    assert hours[8] == pytest.approx(3, abs=0.01)
    assert hours[23] == pytest.approx(5, abs=0.02)
    assert hours[24] == pytest.approx(1, abs=0.02)
    assert told(api, 24, "1d") == [pytest.approx(30, abs=0.02)]


def test_a_gap_is_shared_over_the_buckets_that_nobody_read(api: TestClient) -> None:
    declare(api, unit="kWh", statistic="counter")
    push(api, [DAY, DAY + 4 * HOUR], [10.0, 14.0])
    assert told(api, 4, "1h") == [1.0, 1.0, 1.0, 1.0]
    assert told(api, 4, "1h", "count") == [1, 0, 0, 0]


def test_the_newest_bucket_is_provisional_and_says_so(api: TestClient) -> None:
    declare(api, unit="kWh", statistic="counter")
    push(api, every(30, 4), [10.0, 11.0, 12.0, 13.0])
    found = ask(api, DAY, DAY + 2 * HOUR, bucket="1h")
    assert found["values"]["mean"] == [2.0, 1.0]
    assert found["provisional_from"] == (DAY + HOUR).isoformat().replace("+00:00", "Z")
    push(api, [DAY + 2 * HOUR], [14.0])
    found = ask(api, DAY, DAY + 2 * HOUR, bucket="1h")
    assert found["values"]["mean"] == [2.0, 2.0]
    assert "provisional_from" not in found


def test_a_reading_alone_counts_nothing_yet(api: TestClient) -> None:
    declare(api, unit="kWh", statistic="counter")
    push(api, [DAY], [10.0])
    assert told(api, 1, "1h") == [None]


def test_a_plug_that_reports_on_change_has_the_mean_of_its_time(api: TestClient) -> None:
    declare(api, unit="W", statistic="level")
    busy = every(1, 120, DAY + 17 * HOUR)
    values = [20.0, *[120.0 + place % 2 for place in range(120)], 20.0]
    push(api, [DAY, *busy, DAY + 19 * HOUR], values)
    assert told(api, 24, "1d") == [round((20 * 22 + 120.5 * 2) / 24, 6)]
    assert told(api, 24, "1d", "integral") == [20 * 22 + 120.5 * 2]
    assert told(api, 24, "1h") == [20.0] * 17 + [120.5] * 2 + [20.0] * 5


@pytest.mark.parametrize("datatype", ["float", "boolean"])
def test_a_valve_has_been_open_for_its_share_of_the_day(api: TestClient, datatype: str) -> None:
    declare(api, datatype=datatype, statistic="level")
    times = [DAY, DAY + HOUR, DAY + 23 * HOUR]
    values = [False, True, False] if datatype == "boolean" else [0.0, 100.0, 0.0]
    push(api, times, values)
    whole = 1 if datatype == "boolean" else 100
    assert told(api, 24, "1d") == [round(22 / 24 * whole, 6)]


def test_a_value_holds_no_longer_than_is_said(api: TestClient) -> None:
    declare(api, unit="W", statistic="level", options={"holds": "2h"})
    push(api, [DAY, DAY + 6 * HOUR], [10.0, 40.0])
    assert told(api, 12, "12h") == [25.0]
    assert told(api, 12, "12h", "integral") == [100.0]
    assert told(api, 4, "1h") == [10.0, 10.0, None, None]


def test_a_value_from_before_the_range_holds_into_it(api: TestClient) -> None:
    declare(api, unit="W", statistic="level")
    push(api, [DAY - 5 * HOUR, DAY + 12 * HOUR], [10.0, 30.0])
    assert told(api, 24, "1d") == [20.0]
    assert told(api, 24, "1d", "min") == [10.0]


@pytest.mark.parametrize(
    ("measure", "aggregate", "rule"),
    [
        ({"statistic": "level"}, "sum", "has no sum"),
        ({"statistic": "counter"}, "integral", "has no integral"),
        ({}, "integral", "has no integral"),
    ],
)
def test_a_number_without_a_meaning_is_refused(
    api: TestClient, measure: dict[str, str], aggregate: str, rule: str
) -> None:
    declare(api, **measure)
    asked = {"series": "m/stand", "bucket": "1h", "aggregates": aggregate}
    answer = api.get("/v1/readings", params=asked)
    assert answer.status_code == 422
    assert rule in answer.text
    assert "aggregates" in answer.text


@pytest.mark.parametrize(
    ("measure", "rule"),
    [
        ({"statistic": "mean", "options": {"top": 5}}, "has no option top"),
        ({"statistic": "level", "options": {"holds": "soon"}}, "such as 90m"),
        ({"statistic": "counter", "options": {"rate": 0}}, "greater than 0"),
        ({"statistic": "counter", "options": {"rate": True}}, "must be a number"),
        ({"statistic": "counter", "options": {}}, "at least one"),
        ({"statistic": "net", "datatype": "string"}, "needs a float or integer"),
        ({"statistic": "level", "datatype": "string"}, "needs a float or integer"),
    ],
)
def test_a_declaration_that_makes_no_sense_is_refused(
    api: TestClient, measure: dict[str, Any], rule: str
) -> None:
    kind = {"name": "kind", "measures": [{"name": "stand", **measure}]}
    answer = api.post("/v1/sensor-types", json=kind)
    assert answer.status_code == 422
    assert rule in answer.text


def test_options_are_changed_and_hold_for_what_is_stored(api: TestClient) -> None:
    declare(api, statistic="counter")
    push(api, every(60, 3), [65_530, 65_534, 4])
    assert told(api, 24, "1d") == [8.0]
    change: dict[str, Any] = {"options": {"top": 65_536}}
    assert api.patch("/v1/measures/stand", json=change).json()["options"]["top"] == 65_536
    assert told(api, 24, "1d") == [10.0]
    assert api.patch("/v1/measures/stand", json={"options": None}).status_code == 200
    assert told(api, 24, "1d") == [8.0]
    change = {"statistic": "level", "options": {"holds": "1h"}}
    assert api.patch("/v1/measures/stand", json=change).status_code == 200
    assert told(api, 1, "1h") == [65_530.0]
