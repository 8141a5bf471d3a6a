"""Formulas are evaluated over the aggregates of series: equal to plain Python's answer."""

import csv
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from dtbase.client import Client
from dtbase.domain.readings.buckets import Bucket
from dtbase.domain.readings.queries import Aggregate
from dtbase.domain.registry.measures import Statistic
from dtbase.domain.values.formulas import Formula
from dtbase.errors import Invalid, NotFound
from dtbase.storage import values
from dtbase.storage.readings import readings
from dtbase.storage.values import FormulasQuery
from tests.factories import add_sensor, batch_of
from tests.integration.readings import model
from tests.wire import client_of

START = datetime(2026, 3, 7, tzinfo=UTC)
"""The day before New York's clocks go forward."""

HOUR = timedelta(hours=1)
DAYS = 4
END = START + DAYS * 24 * HOUR
Held = dict[datetime, float | None]


@pytest.fixture
def client(api: TestClient, session: Session) -> Client:
    add_sensor(session, "one")
    add_sensor(session, "two")
    return client_of(api)


def push(
    client: Client,
    name: str,
    values: list[float],
    every: timedelta = HOUR,
    start: datetime = START,
) -> None:
    client.readings.push_values(name, [start + n * every for n in range(len(values))], values)


points = st.dictionaries(st.integers(0, DAYS * 24 * 6 - 1), st.integers(-40, 40), max_size=40)


def grid(held: model.Readings, bucket: str, zone: ZoneInfo) -> Held:
    """Return the means of every bucket of the range, and None where there is none."""
    found = model.bucketed(held, (START, END), bucket, zone, Statistic.MEAN)
    minutes = range(0, DAYS * 24 * 60, 10)
    starts = {model.bucket_start(START + timedelta(minutes=n), bucket, zone) for n in minutes}
    return {at: found[at]["mean"] if at in found else None for at in sorted(starts)}


def both(one: Held, two: Held, how: Callable[[float, float], float]) -> Held:
    return {
        at: None if (a := one[at]) is None or (b := two[at]) is None else how(a, b) for at in one
    }


def rolling(held: Held, window: timedelta) -> Held:
    """Return the mean of what is known in the window that ends with each bucket."""
    found: Held = {}
    for at, value in held.items():
        known = [v for t, v in held.items() if at - window < t <= at and v is not None]
        found[at] = None if value is None else math.fsum(known) / len(known)
    return found


def summed(held: Held) -> Held:
    total, found = 0.0, Held()
    for at, value in held.items():
        total += value or 0.0
        found[at] = None if value is None else total
    return found


def changed(held: Held) -> Held:
    found: Held = dict.fromkeys(held)
    for (before, a), (at, b) in pairwise(held.items()):
        if a is not None and b is not None:
            found[at] = (b - a) / ((at - before) / HOUR)
    return found


def degree_hours(held: model.Readings, bucket: str, zone: ZoneInfo, base: float) -> Held:
    """Return what hours were above a number, added up over each bucket."""
    found: Held = dict.fromkeys(grid(held, bucket, zone))
    for hour, mean in grid(held, "1h", zone).items():
        if mean is not None:
            at = model.bucket_start(hour, bucket, zone)
            found[at] = (found[at] or 0.0) + max(mean - base, 0.0)
    return found


@given(
    a=points,
    b=points,
    bucket=st.sampled_from(["1h", "3h", "1d"]),
    zone=st.sampled_from(["UTC", "America/New_York"]),
)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_formulas_equal_plain_python_in_any_bucket_and_zone(
    session: Session, a: dict[int, int], b: dict[int, int], bucket: str, zone: str
) -> None:
    held = []
    keys = []
    with session.begin_nested() as savepoint:
        for given_points in (a, b):
            one = add_sensor(session)["temperature"]
            own = {START + timedelta(minutes=10 * n): float(v) for n, v in given_points.items()}
            readings.write(session, batch_of(one, own, [*own.values()]))
            held.append(own)
            keys.append(str(one.key))
        first, second = keys
        site = ZoneInfo(zone)
        a_held, b_held = (grid(each, bucket, site) for each in held)
        expected = {
            f"[{first}] - [{second}]": both(a_held, b_held, lambda x, y: x - y),
            f"({first} + 300) / 2": both(a_held, a_held, lambda x, _: (x + 300) / 2),
            f"mean({first}, {second}, {first})": both(a_held, b_held, lambda x, y: (2 * x + y) / 3),
            f"rolling_mean({first}, 1d)": rolling(a_held, 24 * HOUR),
            f"cumulative_sum({first})": summed(a_held),
            f"change_per_hour({first})": changed(a_held),
            f"degree_hours({first}, 5)": degree_hours(held[0], bucket, site, 5),
        }
        for text, answer in expected.items():
            check(session, text, bucket, site, answer)
        savepoint.rollback()


def check(session: Session, text: str, bucket: str, zone: ZoneInfo, answer: Held) -> None:
    query = FormulasQuery(
        (Formula.parse(text),), START, END, Bucket.parse(bucket), 1, zone, Aggregate.MEAN, END
    )
    (found,) = values.evaluate(session, query).columns
    starts = [time.replace(tzinfo=UTC) for time in found.times.astype(datetime)]
    assert starts == [*answer], text
    for at, value in zip(starts, found.values["mean"].tolist(), strict=True):
        expected = math.nan if answer[at] is None else answer[at]
        assert value == pytest.approx(expected, abs=1e-9, nan_ok=True), (text, at)


def test_series_of_different_cadences_stand_side_by_side_in_auto_buckets(client: Client) -> None:
    push(client, "one/temperature", [float(n) for n in range(48)], timedelta(minutes=10))
    push(client, "two/temperature", [10.0, 11, 12, 13, 14, 15, 16, 17])
    answer = client.readings.formula("one/temperature - two/temperature", START, START + 8 * HOUR)
    (found,) = answer.series
    assert answer.bucket == "1h"
    assert found.values["mean"] == [2.5 + 6 * n - (10 + n) for n in range(8)]
    assert (found.unit, found.taken_of) == ("delta_degree_Celsius", "the mean of each 1h")
    assert found.of == ["one/temperature", "two/temperature"]
    assert str(found.key) == found.formula == "one/temperature - two/temperature"


def test_a_gap_in_one_series_is_a_gap_in_the_result(client: Client) -> None:
    push(client, "one/temperature", [1.0, 2, 3])
    push(client, "two/temperature", [1.0, 1], every=2 * HOUR)
    wanted = ["one/temperature / two/temperature", "two/temperature"]
    answer = client.readings.formula(wanted, START, START + 4 * HOUR, bucket="1h")
    ratio, two = (found.values["mean"] for found in answer.series)
    assert ratio == pytest.approx([1, None, 276.15 / 274.15, None])
    assert two == [1, None, 1, None]


def test_a_formula_looks_before_the_range_for_its_windows(client: Client) -> None:
    push(client, "one/temperature", [float(n) for n in range(12)])
    wanted = ["rolling_mean(one/temperature, 4h)", "change_per_hour(one/temperature)"]
    wanted.append("cumulative_sum(one/temperature)")
    start = START + 6 * HOUR
    answer = client.readings.formula(wanted, start, start + 3 * HOUR, bucket="1h")
    assert (answer.start, answer.end) == (start, start + 3 * HOUR)
    rolled, changed, total = (found.values["mean"] for found in answer.series)
    assert rolled == pytest.approx([4.5, 5.5, 6.5])
    assert changed == pytest.approx([1, 1, 1])
    assert total == pytest.approx([6, 13, 21])


def test_the_aggregate_is_chosen_and_told(client: Client) -> None:
    push(client, "one/temperature", [1.0, 5, 2, 2], timedelta(minutes=30))
    spread = "one/temperature * 2"
    answer = client.readings.formula(
        spread, START, START + 2 * HOUR, bucket="1h", aggregate="max", timezone="Europe/London"
    )
    assert answer.series[0].values == {"max": [10, 4]}
    assert answer.series[0].taken_of == "the max of each 1h"
    assert answer.timezone == "Europe/London"


def test_units_that_do_not_go_together_are_named(api: TestClient, client: Client) -> None:
    with pytest.raises(Invalid, match=r"one/temperature \(in °C\) and one/rain \(in mm\)") as told:
        client.readings.formula("one/temperature + one/rain", START, END)
    assert told.value.violations[0]["field"] == "formula"


def test_series_that_are_not_there_and_texts_are_refused(client: Client) -> None:
    with pytest.raises(NotFound, match="no series nobody/temperature"):
        client.readings.formula("nobody/temperature * 2", START, END)
    with pytest.raises(Invalid, match="one/state holds texts"):
        client.readings.formula("one/state + 1", START, END)


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        ({"bucket": "raw"}, "formulas are taken of aggregates"),
        ({"bucket": "7x"}, "bucket '7x'"),
        ({"aggregate": "median"}, "mean"),
        ({"bucket": "1s", "start": "2020-01-01T00:00:00Z"}, "more than 1000000"),
        ({"timezone": "Mars/Base"}, "Mars/Base"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    api: TestClient, client: Client, asked: dict[str, str], rule: str
) -> None:
    answer = api.get("/v1/formulas", params={"formula": "one/temperature + 1", **asked})
    assert answer.status_code == 422
    assert rule in answer.text


def test_too_many_series_are_refused(client: Client) -> None:
    formulas = [
        " + ".join(f"s{formula}-{n}/temperature" for n in range(21)) for formula in range(2)
    ]
    with pytest.raises(Invalid, match="at most 40 series"):
        client.readings.formula(formulas, START, END)


def test_formulas_come_as_tables_too(api: TestClient, client: Client) -> None:
    push(client, "one/temperature", [1.0, 2])
    asked = {
        "formula": ["one/temperature * 2", "one/temperature - 1"],
        "start": START.isoformat(),
        "end": (START + 3 * HOUR).isoformat(),
        "bucket": "1h",
    }
    wide = api.get("/v1/formulas", params={**asked, "format": "csv", "layout": "wide"})
    assert wide.headers["dtbase-bucket"] == "1h"
    assert "formula" in wide.headers["content-disposition"]
    rows = [*csv.reader(StringIO(wide.text))]
    assert rows[0] == ["time", "one/temperature * 2", "one/temperature - 1"]
    assert rows[1:3] == [["2026-03-07T00:00:00Z", "2", "0"], ["2026-03-07T01:00:00Z", "4", "1"]]
    long = api.get("/v1/formulas", params=asked, headers={"Accept": "text/csv"})
    assert long.text.splitlines()[1] == '"",one/temperature * 2,2026-03-07T00:00:00Z,2'
