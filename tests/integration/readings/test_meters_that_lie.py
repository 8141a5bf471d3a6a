"""Meters as people told of them in public: what each used, reckoned by hand, wherever it is asked.

A gas meter that passes 9999.999, a solar inverter under snow, a register that is misread, one that
starts over at midnight somewhere, one that is read by hand, and firmware that forgets.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dtbase.domain.timeranges import TimeRange
from dtbase.storage import values
from dtbase.storage.registry import series
from tests.integration.readings.declaring import DAY, HOUR, ask, declare, every, push, send, told

MINUTE = timedelta(minutes=1)
KOLKATA = datetime(2026, 5, 4, 18, 30, tzinfo=UTC)
"""A midnight there."""


class Lie(NamedTuple):
    """What a meter said, what is known of it, and what it used."""

    times: list[datetime]
    stands: list[float]
    use: float
    options: Mapping[str, Any] | None = None
    statistic: str = "counter"


NIGHT = [KOLKATA + n * HOUR for n in range(12)]
LIES = {
    "gas passes 9999.999": Lie(
        every(60, 4), [9999.2, 9999.8, 0.5, 1.1], 0.6 + 0.7 + 0.6, {"top": 9999.999}
    ),
    "23 bits of tenths": Lie(
        every(2, 4), [838_831.0, 838_857.6, 10.3, 23.7], 26.6 + 13.5 + 13.4, {"top": 838_860.7}
    ),
    "an inverter under snow for four days": Lie(
        every(60, 100), [8000.0, 8004.0, *[0.0] * 96, 8004.5, 8005.0], 5.0
    ),
    "zeros for half a day while it counts on": Lie(
        every(5, 148), [397.0, 397.11, *[0.0] * 144, 413.5, 413.7], 16.7
    ),
    "one zero a month": Lie(every(30 * 24 * 60, 4), [100.0, 0.0, 130.0, 160.0], 60.0),
    "misread once": Lie(every(60, 6), [13_100.0, 13_101.0, 99_999.0, 13_102.0, 13_103, 13_104], 4),
    "misread twice in a row": Lie(every(15, 6), [412.0, 412.5, 6e8, 6e8, 413.5, 414.0], 2.0),
    "misread with a top": Lie(
        every(60, 5), [500.0, 502.0, 65_535.0, 505.0, 506.0], 6.0, {"top": 65_535}
    ),
    "firmware forgets the last hour": Lie(
        every(60, 8), [100, 102, 103, 101.5, 102.1, 102.7, 103.3, 104], 3 + 2.5
    ),
    "the day's yield told once more after midnight": Lie(
        [DAY - 30 * MINUTE, *(DAY + n * MINUTE for n in (-10, 1, 3, 5)), DAY + 7 * HOUR],
        [4.7, 4.8, 0.0, 4.8, 0.0, 0.2],
        0.1 + 0.2,
    ),
    "sessions of a car, with what it can draw": Lie(
        every(60, 9), [0, 8, 0, 0, 7.5, 0, 0.1, 9, 0], 8 + 7.5 + 9, {"rate": 11}
    ),
    "a small day after a small day": Lie(
        [KOLKATA - 2 * HOUR, KOLKATA - HOUR, *NIGHT, KOLKATA + 12 * HOUR],
        [0.3, 0.4, *[0.0] * 11, 0.5, 0.9],
        0.1 + 0.9,
        {"restarts": "day", "timezone": "Asia/Kolkata"},
    ),
    "a small day, and nobody read at night": Lie(
        [KOLKATA - 2 * HOUR, KOLKATA - HOUR, KOLKATA + 8 * HOUR, KOLKATA + 9 * HOUR],
        [0.3, 0.4, 0.5, 0.9],
        0.1 + 0.9,
        {"restarts": "day", "timezone": "Asia/Kolkata"},
    ),
    "a day's total read at midnight itself": Lie(
        every(60, 5, KOLKATA - 2 * HOUR),
        [4.0, 4.5, 4.8, 0.2, 0.5],
        0.8 + 0.5,
        {"restarts": "day", "timezone": "Asia/Kolkata"},
    ),
    "a clock that is ten minutes fast": Lie(
        [KOLKATA + n * MINUTE for n in (-70, -20, -5, 10, 70)],
        [4.0, 4.8, 0.1, 0.2, 0.6],
        0.8 + 0.6,
        {"restarts": "day", "timezone": "Asia/Kolkata"},
    ),
    "a month's total that is higher than the last one": Lie(
        [DAY + 20 * 24 * HOUR, DAY + 27 * 24 * HOUR, DAY + 35 * 24 * HOUR],
        [80.0, 90.0, 110.0],
        10.0 + 110.0,
        {"restarts": "month", "timezone": "Europe/Berlin"},
    ),
    "a net meter set to zero": Lie(
        every(60, 5),
        [-467.0, -470.0, -471.0, 0.0, -1.0],
        -4.0 - 1.0,
        {"resets": [(DAY + 2.5 * HOUR).isoformat()]},
        "net",
    ),
    "costs of a day that may be below zero": Lie(
        every(60, 6, KOLKATA - 3 * HOUR),
        [-1.0, -1.5, 2.0, -0.5, -0.25, 3.0],
        3.0 + 3.0,
        {"restarts": "day", "timezone": "Asia/Kolkata"},
        "net",
    ),
    "read by hand at odd times": Lie(
        [DAY + 10 * HOUR + 17 * MINUTE, DAY + 29 * 24 * HOUR, DAY + 58 * 24 * HOUR + 15 * HOUR],
        [12.4, 14.1, 15.0],
        2.6,
    ),
}


@pytest.mark.parametrize("name", LIES)
def test_what_a_meter_used_is_the_same_wherever_it_is_asked(
    api: TestClient, session: Session, name: str
) -> None:
    lie = LIES[name]
    declare(api, unit="kWh", statistic=lie.statistic, options=lie.options)
    for first in (1, 0):  # every other reading comes late
        push(api, lie.times[first::2], lie.stands[first::2])
    start, end = DAY - 24 * HOUR, DAY + 100 * 24 * HOUR
    for bucket in ("1h", "1d", "1w", "1mo"):
        for zone in ("UTC", "Asia/Kolkata"):
            asked = ask(api, start, end, bucket=bucket, aggregates="sum", timezone=zone)
            found = asked["values"]["sum"]
            assert sum(each or 0 for each in found) == pytest.approx(lie.use), (bucket, zone)
    span = {"series": "m/stand", "start": start.isoformat(), "end": end.isoformat()}
    (figures,) = api.get("/v1/statistics", params=span).json()
    assert figures["total"] == pytest.approx(lie.use)
    assert (figures["min"], figures["max"]) == (min(lie.stands), max(lie.stands))
    assert figures["mean"] is figures["median"] is figures["deviation"] is None
    table = {**span, "bucket": "1d", "aggregates": "sum", "format": "csv"}
    rows = [row.split(",")[3] for row in api.get("/v1/readings", params=table).text.split()[1:]]
    assert sum(float(each or 0) for each in rows) == pytest.approx(lie.use)
    learnt = values.minutes_of(
        session,
        series.find(session, [("m", "stand")])["m", "stand"],
        TimeRange.of(start, max(lie.times)),
    )
    assert float(learnt.values["value"].sum()) <= max(lie.use, 0.0) + 4.0


def test_the_day_of_a_half_hour_zone_has_its_own_use(api: TestClient) -> None:
    lie = LIES["a small day after a small day"]
    declare(api, unit="kWh", statistic="counter", options=lie.options)
    push(api, lie.times, lie.stands)
    asked = {"bucket": "1d", "timezone": "Asia/Kolkata", "aggregates": "sum"}
    day = ask(api, KOLKATA - 24 * HOUR, KOLKATA + 24 * HOUR, **asked)
    assert day["values"]["sum"] == pytest.approx([0.1, 0.9])


@pytest.mark.parametrize("stands", [[0.85, 0.86], [12.3, 12.4, 0.0], [0.07]])
def test_a_small_stand_in_another_unit_is_asked_about_and_one_after_a_zero(
    api: TestClient, stands: list[float]
) -> None:
    declare(api, unit="kWh", statistic="counter")
    assert send(api, stands).status_code == 200
    jumped = max(stands) * 1001
    refused = send(api, [jumped], DAY + 3 * HOUR)
    assert refused.status_code == 422
    assert "say unit=Wh" in refused.json()["errors"][0]["rule"]
    assert send(api, [jumped], DAY + 3 * HOUR, unit="Wh").status_code == 200


def test_a_new_start_after_a_zero_is_not_asked_about(api: TestClient) -> None:
    declare(api, unit="kWh", statistic="counter")
    assert send(api, [1234.0, 0.0, 1.3, 2.0, 1234.5 / 2]).status_code == 200


def test_a_stand_at_the_end_of_an_interval_is_where_the_meter_stood_then(api: TestClient) -> None:
    stamps = {"at": "end", "interval": "1h"}
    declare(api, unit="kWh", statistic="counter", stamps=stamps)
    push(api, every(60, 3, DAY + HOUR), [10.0, 11.0, 13.0])
    assert told(api, 4, "1h") == [None, 1.0, 2.0, None]


@pytest.mark.parametrize(
    ("options", "rule"),
    [
        ({"restarts": "hour"}, "'day', 'week', 'month' or 'year'"),
        ({"restarts": "day", "timezone": "Mars/Olympus"}, "not an IANA time zone"),
        ({"timezone": "Asia/Kolkata"}, "goes with it alone"),
    ],
)
def test_a_restart_that_makes_no_sense_is_refused(
    api: TestClient, options: dict[str, str], rule: str
) -> None:
    kind = {"name": "kind", "measures": [{"name": "s", "statistic": "net", "options": options}]}
    answer = api.post("/v1/sensor-types", json=kind)
    assert answer.status_code == 422
    assert rule in answer.text
