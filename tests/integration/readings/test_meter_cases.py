"""What really happened to people with meters, told right: each case, and some of its kind."""

import json
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

import pytest
from fastapi.testclient import TestClient

DAY = datetime(2026, 5, 4, tzinfo=UTC)
HOUR = timedelta(hours=1)


def declare(api: TestClient, **measure: Any) -> None:
    """Register a meter whose only measure is of that kind."""
    kind = {"name": "kind", "measures": [{"name": "stand", **measure}]}
    assert api.post("/v1/sensor-types", json=kind).status_code == 201
    assert api.post("/v1/sensors", json={"identifier": "m", "type": "kind"}).status_code == 201


def push(api: TestClient, times: list[datetime], values: list[Any]) -> None:
    said = [time.isoformat() for time in times]
    body = {"series": [{"sensor": "m", "measure": "stand", "times": said, "values": values}]}
    answer = api.post("/v1/readings", json=body)
    assert answer.status_code == 200, answer.text


def ask(api: TestClient, start: datetime, end: datetime, **asked: Any) -> dict[str, Any]:
    """Return the one series of an answer; without gaps, so that places are times."""
    span = {"start": start.isoformat(), "end": end.isoformat(), "fill": "null"}
    answer = api.get("/v1/readings", params={"series": "m/stand", **span, **asked})
    assert answer.status_code == 200, answer.text
    (found,) = answer.json()["series"]
    return dict(found)


def told(api: TestClient, hours: int, bucket: str, name: str = "mean") -> list[float | None]:
    found = ask(api, DAY, DAY + hours * HOUR, bucket=bucket, aggregates=name)
    return [None if each is None else round(each, 6) for each in found["values"][name]]


def every(minutes: float, count: int, start: datetime = DAY) -> list[datetime]:
    return [start + timedelta(minutes=minutes * place) for place in range(count)]


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


def send(api: TestClient, values: list[Any], start: datetime = DAY, **said: Any) -> Any:
    """Push hourly readings of which something is said."""
    times = [time.isoformat() for time in every(60, len(values), start)]
    part = {"sensor": "m", "measure": "stand", "times": times, "values": values, **said}
    return api.post("/v1/readings", json={"series": [part]})


@pytest.mark.parametrize(
    ("unit", "stands", "sent", "said"),
    [
        ("kWh", [12.1, 12.2, 12.3], [12400.0, 12500.0, 12600.0], "Wh"),
        ("Wh", [12100.0, 12200.0, 12300.0], [12.4, 12.5, 12.6], "kWh"),
        ("m^3", [5.1, 5.2, 5.3], [5400.0, 5500.0, 5600.0], "L"),
        ("MWh", [12.1, 12.2, 12.3], [12400.0, 12500.0, 12600.0], "kWh"),
    ],
)
def test_a_meter_whose_unit_changes_is_asked_about(
    api: TestClient, unit: str, stands: list[float], sent: list[float], said: str
) -> None:
    declare(api, unit=unit, statistic="counter")
    assert send(api, stands).status_code == 200
    refused = send(api, sent, DAY + 3 * HOUR)
    assert refused.status_code == 422
    assert f"say unit={said}" in refused.json()["errors"][0]["rule"]
    assert refused.json()["errors"][0]["row"] == 0
    assert send(api, [*stands, *sent]).status_code == 422
    assert send(api, sent, DAY + 3 * HOUR, unit=said).status_code == 200
    use = 5 * abs(stands[1] - stands[0])
    assert told(api, 24, "1d") == [pytest.approx(use)]


def test_a_jump_by_a_unit_s_factor_that_is_right_is_said_to_be(api: TestClient) -> None:
    declare(api, unit="kWh", statistic="counter")
    assert send(api, [1.0, 2.0]).status_code == 200
    assert send(api, [2000.0], DAY + 2 * HOUR).status_code == 422
    answer = api.post(
        "/v1/readings",
        params={"unit": "kWh"},
        content=f"sensor,measure,time,value\nm,stand,{(DAY + 2 * HOUR).isoformat()},2000\n",
        headers={"content-type": "text/csv"},
    )
    assert answer.status_code == 200
    assert told(api, 24, "1d") == [1999.0]


@pytest.mark.parametrize(
    ("unit", "given", "said", "stored"),
    [
        ("degC", [32.0, 212.0], "degF", [0.0, 100.0]),
        ("kWh", [12_400.0], "Wh", [12.4]),
        ("Wh", [12], "kWh", [12_000.0]),
        ("m/s", [36.0], "km/h", [10.0]),
    ],
)
def test_readings_are_stored_in_the_measure_s_unit(
    api: TestClient, unit: str, given: list[float], said: str, stored: list[float]
) -> None:
    declare(api, unit=unit)
    assert send(api, given, unit=said).status_code == 200
    found = api.get(
        "/v1/readings",
        params={"series": "m/stand", "bucket": "raw", "start": DAY.isoformat()},
    ).json()["series"][0]["values"]["value"]
    assert found == pytest.approx(stored)


@pytest.mark.parametrize(
    ("measure", "said", "field", "rule"),
    [
        ({"unit": "kWh"}, {"unit": "degC"}, "unit", "cannot be told in kWh"),
        ({"unit": "kWh"}, {"unit": "smoots?"}, "unit", "cannot be told in kWh"),
        ({}, {"unit": "Wh"}, "unit", "has no unit"),
        ({}, {"stamps": "end"}, "series.0.stamps", "need interval"),
        ({}, {"stamps": "middle"}, "series.0.stamps", "instant"),
        ({}, {"stamps": "end", "interval": "soon"}, "series.0.stamps.interval", "such as 90m"),
    ],
)
def test_what_cannot_be_said_of_readings_is_refused(
    api: TestClient, measure: dict[str, str], said: dict[str, str], field: str, rule: str
) -> None:
    declare(api, **measure)
    answer = send(api, [1.0], DAY, **said)
    assert answer.status_code == 422
    (found,) = answer.json()["errors"]
    assert found["field"] == field
    assert rule in found["rule"]


@pytest.mark.parametrize("by", ["push", "measure", "parameter"])
def test_amounts_stamped_at_their_end_fall_into_the_hour_that_they_are_of(
    api: TestClient, by: str
) -> None:
    stamps = {"at": "end", "interval": "1h"}
    declare(api, unit="mm", statistic="total", **({"stamps": stamps} if by == "measure" else {}))
    flat = {"stamps": "end", "interval": "1h"}
    if by == "parameter":
        text = f"sensor,measure,time,value\nm,stand,{(DAY + HOUR).isoformat()},2.0\n"
        headers = {"content-type": "text/csv"}
        assert api.post("/v1/readings", params=flat, content=text, headers=headers).is_success
    else:
        said: dict[str, Any] = flat if by == "push" else {}
        assert send(api, [2.0], DAY + HOUR, **said).status_code == 200
    assert told(api, 2, "1h", "sum") == [2.0, None]


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


def states_of(
    api: TestClient, hours: int, bucket: str, **asked: Any
) -> dict[str, list[float | str | None]]:
    names = ["time", "changes", "first", "last", "count"]
    found = ask(api, DAY, DAY + hours * HOUR, bucket=bucket, aggregates=names, **asked)
    return dict(found["values"])


def test_states_are_told_by_their_time_their_changes_first_and_last(api: TestClient) -> None:
    declare(api, datatype="string", statistic="state")
    times = [DAY, DAY + HOUR, DAY + 1.5 * HOUR, DAY + 2 * HOUR, DAY + 5 * HOUR]
    push(api, times, ["off", "heat", "heat", "cool", "off"])
    assert states_of(api, 8, "8h") == {
        "time:cool": [3 * 3600],
        "time:heat": [3600],
        "time:off": [4 * 3600],
        "changes": [3],
        "first": ["off"],
        "last": ["off"],
        "count": [5],
    }
    hours = states_of(api, 8, "1h")
    assert hours["last"] == ["off", "heat", "cool", "cool", "cool", "off", "off", "off"]
    assert hours["changes"] == [0, 1, 1, 0, 0, 1, 0, 0]
    assert hours["time:heat"] == [0, 3600, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize("zone", ["UTC", "Asia/Kolkata", "Australia/Lord_Howe"])
def test_a_door_is_open_for_its_time_in_every_zone(api: TestClient, zone: str) -> None:
    declare(api, datatype="boolean", statistic="state")
    push(api, every(90, 16), [place % 2 == 1 for place in range(16)])
    days = states_of(api, 24, "1d", timezone=zone)
    assert sum(float(each or 0) for each in days["time:true"]) == 12 * 3600
    assert sum(float(each or 0) for each in days["time:false"]) == 12 * 3600
    assert sum(float(each or 0) for each in days["changes"]) == 15


def test_a_state_holds_no_longer_than_is_said_and_from_before_the_range(api: TestClient) -> None:
    declare(api, datatype="boolean", statistic="state", options={"holds": "2h"})
    push(api, [DAY - HOUR, DAY + 6 * HOUR], [True, False])
    assert states_of(api, 12, "12h")["time:true"] == [3600]
    assert states_of(api, 12, "12h")["time:false"] == [2 * 3600]


def test_a_table_of_states_has_a_column_for_each(api: TestClient) -> None:
    declare(api, datatype="string", statistic="state")
    push(api, [DAY, DAY + HOUR], ["off", "on"])
    asked = {
        "series": "m/stand",
        "start": DAY.isoformat(),
        "end": (DAY + 2 * HOUR).isoformat(),
        "bucket": "1h",
        "aggregates": ["last", "time", "changes"],
        "format": "csv",
    }
    header, first, second = api.get("/v1/readings", params=asked).text.splitlines()
    assert header == "sensor,measure,time,last,time:off,time:on,changes"
    assert first.endswith(",off,3600,0,0")
    assert second.endswith(",on,0,3600,1")
    for format_ in ("parquet", "arrow"):
        assert api.get("/v1/readings", params={**asked, "format": format_}).is_success


def test_more_states_than_are_said_are_refused(api: TestClient) -> None:
    declare(api, datatype="string", statistic="state", options={"states": 3})
    push(api, every(60, 5), ["a", "b", "c", "d", "e"])
    asked = {"series": "m/stand", "start": DAY.isoformat(), "bucket": "1d"}
    refused = api.get("/v1/readings", params={**asked, "aggregates": "time"})
    assert refused.status_code == 422
    assert "more than 3 states" in refused.text
    assert api.get("/v1/readings", params={**asked, "aggregates": "changes"}).is_success
    refused = api.get("/v1/readings", params={**asked, "aggregates": "mean"})
    assert "ask for time, changes, first, last or count" in refused.text


def test_a_sensor_type_and_a_sensor_say_otherwise_than_the_measure(api: TestClient) -> None:
    declare(api, unit="W")
    push(api, [DAY, DAY + HOUR], [0.0, 24.0])
    assert told(api, 24, "1d") == [12.0]
    refresh = api.get("/v1/health")
    assert refresh.is_success
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
