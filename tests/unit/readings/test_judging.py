"""Readings are judged as plain Python would, one after the other."""

from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dtbase.domain.readings.buckets import aware
from dtbase.domain.readings.judging import Judge, Mark, first_broken, judge_of, marks_of_run
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.domain.registry.rules import Fastest, Flat, Gap, Season, Spike

numbers = st.sampled_from([-9999.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 85.0])
series = st.lists(st.tuples(st.integers(1, 5), numbers), max_size=30)


def told(steps: list[tuple[int, float]]) -> tuple[list[int], list[float]]:
    """Return hours that rise, and values."""
    hours = np.cumsum([step for step, _ in steps]).tolist()
    return hours, [value for _, value in steps]


def plainly(
    hours: list[int], values: list[float], rate: float, lasts: int, apart: float
) -> list[int]:
    """Judge one reading after the other."""
    marks = []
    for place, value in enumerate(values):
        mark = 0
        if place and abs(value - values[place - 1]) > rate * (hours[place] - hours[place - 1]):
            mark |= Mark.FASTEST
        first = place
        while first > 0:
            run = values[first - 1 : place + 1]
            if max(run) - min(run) > apart:
                break
            first -= 1
        if hours[place] - hours[first] >= lasts:
            mark |= Mark.FLAT
        marks.append(int(mark))
    return marks


@given(series, st.sampled_from([0.5, 1.0, 3.0]), st.integers(1, 8), st.sampled_from([0.0, 1.0]))
@settings(max_examples=200, deadline=None)
def test_marks_are_those_of_plain_python(
    steps: list[tuple[int, float]], rate: float, lasts: int, apart: float
) -> None:
    hours, values = told(steps)
    judge = Judge(
        fastest=Fastest(change=rate, per="1h"), flat=Flat(lasts=f"{lasts}h", tolerance=apart)
    )
    times = np.datetime64("2026-05-01", "us") + np.array(hours, dtype="timedelta64[h]")
    found = marks_of_run(judge, times, np.array(values))
    assert found.tolist() == plainly(hours, values, rate, lasts, apart)


FIRST, LATER = np.datetime64("1970-01-01T00:00:00", "us"), np.datetime64("2026-05-01", "us")
hours_around = st.one_of(st.integers(-2, 21 * 24), st.just(20 * 24))
ranges = st.sampled_from([(-np.inf, np.inf), (-1.0, 2.0), (0.0, np.inf)])
judges = st.builds(
    Judge,
    fail=ranges,
    suspect=ranges,
    sorted=st.sampled_from([(), (-9999.0,), (-9999.0, 85.0)]),
    earliest=st.sampled_from([None, FIRST + np.timedelta64(3, "h"), LATER]),
    unset_clock=st.booleans(),
    ahead=st.sampled_from([None, np.timedelta64(3_600_000_000, "us")]),
)


@given(judges, st.sampled_from([FIRST, LATER]), hours_around, numbers, st.integers(-2, 2))
@settings(max_examples=500, deadline=None)
def test_one_reading_is_believed_as_it_is_among_others(
    judge: Judge, origin: np.datetime64, hour: int, value: float, since: int
) -> None:
    time = origin + np.timedelta64(hour, "h")
    now = time + np.timedelta64(since, "h")
    among_others = judge.believes((time, time), (value, value), now)
    assert judge.believes_one(aware(time), value, aware(now)) == among_others


@given(st.lists(numbers, max_size=30))
def test_each_number_is_set_aside_by_the_first_rule_that_it_breaks(values: list[float]) -> None:
    said = '{"fail": {"minimum": -1, "maximum": 2}, "placeholders": [85, 1]}'
    judge = judge_of("x", None, Datatype.FLOAT, Statistic.MEAN, said)
    found = {"": len(values)}
    for rule, mask in first_broken(judge.of_values(np.array(values))):
        found[rule.value] = int(mask.sum())
    placeholders = sum(value in {85, 1} for value in values)
    failed = sum(value not in {85, 1} and not -1 <= value <= 2 for value in values)
    assert found.get("placeholders", 0) == placeholders
    assert found.get("fail", 0) == failed


@pytest.mark.parametrize(
    ("name", "unit", "value", "rule"),
    [
        ("temperature", "degC", -273.2, "fail"),
        ("temperature", "degF", -460.0, "fail"),
        ("temperature", "kelvin", -0.1, "fail"),
        ("relative_humidity", "percent", 121.0, "fail"),
        ("load", "percent", 121.0, None),
        ("power", "W", -9999.0, None),
        ("stage", "m", -999999.0, "placeholders"),
        ("temperature", "degC", 85.0, None),
        ("pressure", "hPa", -999.0, "fail"),
    ],
)
def test_some_rules_go_without_saying_by_unit(
    name: str, unit: str, value: float, rule: str | None
) -> None:
    judge = judge_of(name, unit, Datatype.FLOAT, Statistic.MEAN, None)
    broken = [each.value for each, mask in judge.of_values(np.array([value])) if mask.any()]
    assert broken[:1] == ([rule] if rule else [])
    off = judge_of(
        name, unit, Datatype.FLOAT, Statistic.MEAN, '{"fail": "off", "placeholders": "off"}'
    )
    assert not off.of_values(np.array([value]))


def test_a_direction_changes_the_short_way() -> None:
    judge = Judge(fastest=Fastest(change=20, per="1h"), circular=True)
    times = np.datetime64("2026-05-01", "us") + np.arange(3) * np.timedelta64(1, "h")
    assert marks_of_run(judge, times, np.array([355.0, 5.0, 30.0])).tolist() == [0, 0, Mark.FASTEST]
    assert judge.look == timedelta(0)


def test_what_needs_both_neighbours_is_judged_as_plain_python_would() -> None:
    random = np.random.default_rng(3)
    days = np.cumsum(random.integers(1, 40, 200))
    values = random.choice([-4.0, 0.0, 2.5, 9.0, 30.0], 200)
    times = np.datetime64("2026-05-01", "us") + days.astype("timedelta64[D]")
    judge = Judge(
        spike=Spike(above=6),
        climatology=(Season(months=(6, 7), minimum=0), Season(months=(1,), maximum=5)),
        gap=Gap(lasts="30d"),
    )
    expected = []
    for place, (time, value) in enumerate(zip(times.astype(object), values, strict=True)):
        mark = 0
        if 0 < place < 199:
            middle = (values[place - 1] + values[place + 1]) / 2
            mark |= Mark.SPIKE * bool(abs(value - middle) > 6)
        if (time.month in {6, 7} and value < 0) or (time.month == 1 and value > 5):
            mark |= Mark.CLIMATOLOGY
        mark |= Mark.GAP * bool(place and days[place] - days[place - 1] > 30)
        expected.append(int(mark))
    assert marks_of_run(judge, times, values).tolist() == expected
    assert {int(Mark.SPIKE), int(Mark.GAP)} <= set(expected)


def test_a_direction_spikes_the_short_way() -> None:
    judge = Judge(spike=Spike(above=20), circular=True)
    times = np.datetime64("2026-05-01", "us") + np.arange(5) * np.timedelta64(1, "h")
    marks = marks_of_run(judge, times, np.array([350.0, 10.0, 355.0, 60.0, 0.0]))
    assert marks.tolist() == [0, 0, Mark.SPIKE, Mark.SPIKE, 0]
