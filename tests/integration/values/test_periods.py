"""When conditions held, asked of the readings: equal to plain Python's answer."""

import csv
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import pairwise

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from dtbase.client import Client
from dtbase.domain.forecasts.outcomes import NewInterval, NewOutcome, NewOutput
from dtbase.domain.forecasts.runs import Model
from dtbase.domain.registry.series import Value
from dtbase.domain.values.periods import Period, PeriodsQuery
from dtbase.errors import Invalid, NotFound
from dtbase.storage import values
from dtbase.storage.readings import readings
from tests.factories import add_sensor, batch_of
from tests.wire import client_of

START = datetime(2026, 3, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
HOURS = 48
END = START + HOURS * HOUR
Held = Mapping[datetime, float]


@pytest.fixture
def client(api: TestClient, session: Session) -> Client:
    add_sensor(session, "one")
    add_sensor(session, "two")
    return client_of(api)


def push(client: Client, name: str, held: Mapping[int, Value]) -> None:
    """Push readings by their hours."""
    client.readings.push_values(name, [START + n * HOUR for n in held], [*held.values()])


def hours_of(found: list[Period]) -> list[tuple[float, float]]:
    return [((each.start - START) / HOUR, (each.end - START) / HOUR) for each in found]


def usual_step(held: Held) -> timedelta:
    """Return the middle of the steps of the last readings, the lower of two."""
    times = sorted(held)[-200:]
    steps = sorted(after - before for before, after in pairwise(times))
    return steps[(len(steps) - 1) // 2] if steps else HOUR


def minutes_held(held: Held, holds: Mapping[datetime, bool]) -> set[int]:
    """Return each minute in which a condition holds, by the reading that counts then."""
    times, step = sorted(held), usual_step(held)
    found: set[int] = set()
    for place, time in enumerate(times):
        following = times[place + 1] if place + 1 < len(times) else None
        near = following is not None and following - time <= step * 2.5
        until = following if near and following is not None else time + step
        if holds[time]:
            first, last = (int((each - START) / MINUTE) for each in (time, min(until, END)))
            found.update(range(first, last))
    return found


def minutes_of(found: list[Period]) -> set[int]:
    return {
        minute
        for each in found
        for minute in range(
            round((each.start - START) / MINUTE), round((each.end - START) / MINUTE)
        )
    }


points = st.dictionaries(st.integers(0, HOURS * 4 - 1), st.integers(-5, 15), max_size=60)


@given(a=points, b=points, low=st.integers(-5, 10))
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_periods_equal_plain_python_minute_by_minute(
    session: Session, a: dict[int, int], b: dict[int, int], low: int
) -> None:
    with session.begin_nested() as savepoint:
        held: list[Held] = []
        names = []
        for given_points in (a, b):
            one = add_sensor(session)["temperature"]
            own = {START + n * 15 * MINUTE: float(v) for n, v in given_points.items()}
            readings.write(session, batch_of(one, own, [*own.values()]))
            held.append(own)
            names.append(str(one.key))
        first = minutes_held(held[0], {time: v > low for time, v in held[0].items()})
        second = minutes_held(held[1], {time: 0 <= v <= 5 for time, v in held[1].items()})
        expected = {
            (f"{names[0]} above {low}",): first,
            (f"{names[0]} above {low}", f"{names[1]} between 0 5"): first & second,
        }
        for conditions, minutes in expected.items():
            query = PeriodsQuery(condition=[*conditions], start=START, end=END, limit=1_000)
            answer = values.find_periods(session, query, END)
            assert minutes_of(answer.periods) == minutes, conditions
            assert answer.seconds == len(minutes) * 60
            for period in answer.periods:
                check_extremes(period, held[0])
        savepoint.rollback()


def check_extremes(period: Period, held: Held) -> None:
    inside = {time: v for time, v in held.items() if period.start <= time < period.end}
    assert period.readings == len(inside)
    if inside:
        assert (period.lowest, period.highest) == (min(inside.values()), max(inside.values()))
        assert period.highest_at is not None
        assert inside[period.highest_at] == period.highest


def test_a_period_ends_with_the_first_reading_that_fails(client: Client) -> None:
    push(client, "one/temperature", {0: 20.0, 1: 31, 2: 33, 3: 32, 4: 30, 5: 35})
    answer = client.find.when("one/temperature above 30", end=START + 8 * HOUR)
    assert hours_of(answer.periods) == [(1, 4), (5, 6)]
    assert (answer.count, answer.seconds, answer.unit) == (2, 4 * 3600, "degC")
    hottest = answer.periods[0]
    assert (hottest.highest, hottest.highest_at) == (33, START + 2 * HOUR)
    assert [period.running for period in answer.periods] == [False, False]
    assert client.find.when("one/temperature above 30", end=START + 5.5 * HOUR).periods[-1].running


def test_a_gap_ends_a_period_since_nobody_knows(client: Client) -> None:
    held = {n: 31.0 for n in range(12) if n not in {4, 5, 6}}
    push(client, "one/temperature", held)
    answer = client.find.when("one/temperature above 30", end=START + 12 * HOUR)
    assert hours_of(answer.periods) == [(0, 4), (7, 12)]


def test_what_lasts_less_long_than_is_asked_for_is_left_out(client: Client) -> None:
    push(client, "one/temperature", {n: 31.0 if n in {1, 4, 5, 6} else 20.0 for n in range(10)})
    answer = client.find.when("one/temperature above 30", end=END, for_at_least="2h")
    assert hours_of(answer.periods) == [(4, 7)]


def test_only_some_hours_of_some_days_in_a_zone_count(client: Client) -> None:
    push(client, "one/temperature", dict.fromkeys(range(48), 31.0))
    asked = {"from_hour": 8, "to_hour": 10, "timezone": "America/New_York"}
    answer = client.find.when("one/temperature above 30", end=END, **asked)  # type: ignore[arg-type]
    assert hours_of(answer.periods) == [(13, 15), (36, 38)]  # the clocks went forward between
    sunday = client.find.when(
        "one/temperature above 30",
        end=END,
        weekday=["sun"],
        **asked,  # type: ignore[arg-type]
    )
    assert hours_of(sunday.periods) == [(36, 38)]


def test_several_conditions_hold_at_once(client: Client) -> None:
    push(client, "one/temperature", {n: 31.0 if 2 <= n < 8 else 20.0 for n in range(10)})
    push(client, "two/people", {n: 3 if n >= 5 else 0 for n in range(10)})
    both = ["one/temperature above 30", "two/people is 3"]
    assert hours_of(client.find.when(both, end=END).periods) == [(5, 8)]


@pytest.mark.parametrize(
    ("measure", "words", "held", "expected"),
    [
        ("temperature", "rising 4", {0: 1.0, 1: 2, 2: 9, 3: 16, 4: 17}, [(1, 3)]),
        ("temperature", "falling 4", {0: 9.0, 1: 1, 2: 0, 3: 0}, [(0, 1)]),
        ("temperature", "below 2", {0: 3.0, 1: 1, 2: 2, 3: 1, 4: 5}, [(1, 2), (3, 4)]),
        ("temperature", "between 1 2", {0: 3.0, 1: 1, 2: 2, 3: 3}, [(1, 3)]),
        ("temperature", "silent", {0: 1.0, 1: 1, 2: 1, 7: 1, 8: 1, 9: 1}, [(2, 7), (9, 48)]),
        ("temperature", "silent 6h", {0: 1.0, 1: 1, 2: 1, 7: 1, 8: 1}, [(8, 48)]),
        ("open", "is true", {0: False, 1: True, 2: True, 3: False}, [(1, 3)]),
        ("state", "is out of order", {0: "ok", 1: "out of order", 2: "ok", 3: "ok"}, [(1, 2)]),
        ("people", "is 2", {0: 1, 1: 2, 2: 2, 3: 3}, [(1, 3)]),
    ],
)
def test_each_kind_of_condition_is_found(
    client: Client,
    measure: str,
    words: str,
    held: dict[int, Value],
    expected: list[tuple[float, float]],
) -> None:
    push(client, f"one/{measure}", held)
    found = client.find.when(f"one/{measure} {words}", end=END)
    assert hours_of(found.periods) == expected


def foretell(client: Client, issued: datetime, value: float) -> None:
    """Foretell the same for hours 1 to 5, give or take 1."""
    output = NewOutput(
        sensor="one",
        measure="temperature",
        times=[START + n * HOUR for n in range(1, 6)],
        values=[value] * 5,
        intervals=[NewInterval(level=80, lower=[value - 1] * 5, upper=[value + 1] * 5)],
    )
    client.runs.add(NewOutcome(model="oracle", issued_at=issued, outputs=[output]))


def test_what_lies_outside_its_forecast_is_found_by_what_was_foretold_before(
    client: Client,
) -> None:
    client.models.add(Model(name="oracle"))
    foretell(client, issued=START, value=10.0)
    foretell(client, issued=START + 9 * HOUR, value=0.0)
    push(client, "one/temperature", {1: 10.0, 2: 12, 3: 13, 4: 10, 5: 10, 6: 99})
    found = client.find.when("one/temperature outside oracle", end=END)
    assert hours_of(found.periods) == [(2, 4)]
    with pytest.raises(Invalid, match="oracle has no interval of 95"):
        client.find.when("one/temperature outside oracle 95", end=END)
    with pytest.raises(NotFound):
        client.find.when("one/temperature outside nobody", end=END)


def test_the_newest_periods_are_answered_with_their_numbers_and_traces(client: Client) -> None:
    push(client, "one/temperature", {n: 31.0 + n if n % 4 == 0 else 20.0 for n in range(20)})
    answer = client.find.when(
        "one/temperature above 30", end=END, limit=3, traces=2, before="1h", after="2h"
    )
    assert answer.count == 5
    assert [period.number for period in answer.periods] == [3, 4, 5]
    traces = [period.trace for period in answer.periods]
    assert traces[0] is None
    assert traces[1] is not None
    assert traces[1].seconds == [-3600, 0, 3600, 7200]
    assert traces[1].values == [20, 43, 20, 20]


def test_hours_that_cannot_hold_are_not_read(client: Client) -> None:
    push(client, "one/temperature", {n: 31.0 if n == 7 else 20.0 for n in range(48)})
    assert client.find.when("one/temperature above 30", end=END).readings <= 5
    assert client.find.when("one/temperature above 10", end=END).readings == 48


def test_periods_come_as_csv_in_a_zone(api: TestClient, client: Client) -> None:
    push(client, "one/temperature", {0: 20.0, 1: 31, 2: 20, 3: 20})
    asked = {
        "condition": "one/temperature above 30",
        "format": "csv",
        "timezone": "America/New_York",
        "end": END.isoformat(),
    }
    answer = api.get("/v1/periods", params=asked)
    assert "periods.csv" in answer.headers["content-disposition"]
    (row,) = csv.DictReader(StringIO(answer.text))
    assert row["start"] == "2026-03-06T20:00:00-05:00"
    assert (row["seconds"], row["running"], row["highest"]) == ("3600.0", "false", "31.0")


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        ({"condition": "one/temperature hot"}, "one of: above 30"),
        ({"condition": "one/state above 3"}, "holds texts"),
        ({"condition": "one/temperature is warm"}, "not 'warm'"),
        ({"for_at_least": "soon"}, "for_at_least"),
        ({"from_hour": "8", "to_hour": "8"}, "must differ"),
        ({"to_hour": "25"}, "to_hour"),
        ({"weekday": "someday"}, "weekday"),
        ({"timezone": "Mars/Base"}, "Mars/Base"),
        ({"condition": ["one/temperature above 3"] * 6}, "condition"),
        ({"traces": "1000"}, "traces"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    api: TestClient, client: Client, asked: dict[str, str | list[str]], rule: str
) -> None:
    answer = api.get("/v1/periods", params={"condition": "one/temperature above 3", **asked})
    assert answer.status_code == 422
    assert rule in answer.text


def test_a_series_without_readings_has_no_periods(client: Client) -> None:
    answer = client.find.when("one/temperature above 3", end=END)
    assert (answer.count, answer.periods) == (0, [])
    with pytest.raises(NotFound, match="no series nobody/temperature"):
        client.find.when("nobody/temperature above 3")


def test_the_likes_of_a_stretch_come_closest_first_with_their_traces(client: Client) -> None:
    shape = [0.0, 1, 3, 6, 4, 2]
    held = {n: float(n % 2) for n in range(48)}
    for at, size, noise in ((10, 1.0, 0.0), (20, 5.0, 0.0), (30, 1.0, 0.4)):
        for n, value in enumerate(shape):
            held[at + n] = 50 + size * value + noise * (n % 2)
    push(client, "one/temperature", held)
    start, end = START + 10 * HOUR, START + 16 * HOUR
    answer = client.find.similar("one/temperature", start, end, search_end=END, limit=2)
    assert (answer.bucket, answer.series) == ("1h", "one/temperature")
    assert [like.start for like in answer.likes] == [START + 20 * HOUR, START + 30 * HOUR]
    closest, second = answer.likes
    assert closest.correlation == pytest.approx(1)
    assert closest.distance == pytest.approx(0, abs=1e-5)
    assert 0.9 < second.correlation < 1
    assert closest.end == START + 26 * HOUR
    assert closest.trace.values == [50 + 5 * value for value in shape]
    assert closest.trace.seconds == [n * 3600 for n in range(6)]
    assert answer.wanted.values == [50 + value for value in shape]
    late = client.find.similar(
        "one/temperature", start, end, search_start=START + 25 * HOUR, search_end=END
    )
    assert late.likes[0].start == START + 30 * HOUR


@pytest.mark.parametrize(
    ("name", "first", "last", "rule"),
    [
        ("one/temperature", 0, 3, "it needs 4 to 10000"),
        ("one/temperature", 20, 26, "has gaps"),
        ("one/temperature", 40, 46, "is level"),
        ("one/state", 0, 6, "holds texts"),
        ("one/direction", 0, 6, "is a direction"),
    ],
)
def test_a_stretch_without_a_shape_is_refused(
    client: Client, name: str, first: int, last: int, rule: str
) -> None:
    held = {n: float(n % 3) if n < 30 else 1.0 for n in range(48) if n != 22}
    push(client, "one/temperature", held)
    with pytest.raises(Invalid, match=rule):
        client.find.similar(name, START + first * HOUR, START + last * HOUR, search_end=END)
