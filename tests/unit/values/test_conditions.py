"""Conditions are read from a few words; stretches and shapes equal plain Python's."""

import math
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dtbase.domain.values.conditions import Condition, Kind
from dtbase.domain.values.likeness import distances, nearest
from dtbase.domain.values.stretches import Hours, Stretches, coarsened, common, joined
from dtbase.errors import Invalid

START = np.datetime64("2026-03-07", "us")
MINUTE = np.timedelta64(1, "m")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("a/b above 30", Kind.ABOVE),
        ("a/b  below -5.5", Kind.BELOW),
        ("a/b between 1 2", Kind.BETWEEN),
        ("a/b rising 2", Kind.RISING),
        ("a/b falling 1e-3", Kind.FALLING),
        ("a/b silent", Kind.SILENT),
        ("a/b silent 90m", Kind.SILENT),
        ("a/b is wide open", Kind.IS),
        ("a/b outside arima", Kind.OUTSIDE),
        ("a/b outside arima 95", Kind.OUTSIDE),
    ],
)
def test_a_condition_is_read_from_its_words(text: str, kind: Kind) -> None:
    found = Condition.parse(text)
    assert (found.kind, str(found.key)) == (kind, "a/b")
    assert found.text == " ".join(text.split())


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "a condition is sensor/measure and one of"),
        ("a/b", "a condition is sensor/measure and one of"),
        ("a/b hot", "a condition is sensor/measure and one of"),
        ("above 3", "a condition is sensor/measure and one of"),
        ("ab above 3", "sensor/measure"),
        ("a/b above", "say above 30"),
        ("a/b above x", "'x' is no number"),
        ("a/b above inf", "'inf' is no number"),
        ("a/b above 1 2", "say above 30"),
        ("a/b between 3 2", "the lower one"),
        ("a/b between 3", "say between 10 20"),
        ("a/b rising -2", "above 0"),
        ("a/b silent soon", "such as 3h"),
        ("a/b silent 0h", "such as 3h"),
        ("a/b silent 9999d", "at most 3660d"),
        ("a/b is", "say is true"),
        ("a/b outside", "say outside arima"),
        ("a/b outside a/b", "say outside arima"),
        ("a/b outside arima x", "'x' is no number"),
        ("a/b above " + "0" * 400, "a condition is"),
    ],
)
def test_what_is_no_condition_is_told_what_one_is(text: str, rule: str) -> None:
    with pytest.raises(Invalid, match=rule):
        Condition.parse(text)


spans = st.lists(st.tuples(st.integers(0, 3 * 1440), st.integers(1, 600)), max_size=12)


def stretches_of(pairs: list[tuple[int, int]]) -> Stretches:
    ordered = sorted(pairs)
    starts = np.array([start for start, _ in ordered], "i8") * MINUTE + START
    ends = np.array([start + length for start, length in ordered], "i8") * MINUTE + START
    return joined(starts, ends)


def minutes_of(found: Stretches) -> set[int]:
    """Return every minute of some stretches."""
    return {
        minute
        for start, end in zip(found.starts, found.ends, strict=True)
        for minute in range(int((start - START) / MINUTE), int((end - START) / MINUTE))
    }


@given(a=spans, b=spans)
def test_what_two_have_in_common_are_the_minutes_of_both(
    a: list[tuple[int, int]], b: list[tuple[int, int]]
) -> None:
    one, other = stretches_of(a), stretches_of(b)
    plain = {minute for start, length in a for minute in range(start, start + length)}
    assert minutes_of(one) == plain
    found = common(one, other)
    assert minutes_of(found) == plain & minutes_of(other)
    assert (found.starts[1:] > found.ends[:-1]).all() or len(found) < 2


@given(a=spans, most=st.integers(2, 6))
def test_coarser_stretches_hold_all_of_the_finer_ones(a: list[tuple[int, int]], most: int) -> None:
    fine = stretches_of(a)
    coarse = coarsened(fine, most)
    assert len(coarse) == min(most, len(fine))
    assert minutes_of(coarse) >= minutes_of(fine)
    gaps = sorted(fine.starts[1:] - fine.ends[:-1])
    kept = sorted(coarse.starts[1:] - coarse.ends[:-1])
    assert kept == gaps[len(gaps) - len(kept) :]


@given(
    a=spans,
    first=st.integers(0, 23),
    last=st.integers(1, 24),
    days=st.sets(st.integers(0, 6), min_size=1),
    zone=st.sampled_from(["UTC", "America/New_York", "Asia/Kolkata"]),
)
@settings(max_examples=60)
def test_hours_and_days_are_those_of_the_wall_clock(
    a: list[tuple[int, int]], first: int, last: int, days: set[int], zone: str
) -> None:
    if first == last:
        return
    hours = Hours(first, last, frozenset(days), ZoneInfo(zone))

    def wanted(minute: int) -> bool:
        at = datetime(2026, 3, 7, tzinfo=UTC) + timedelta(minutes=minute)
        local = at.astimezone(ZoneInfo(zone))
        hour = local.hour + local.minute / 60
        if first < last:
            return first <= hour < last and local.weekday() in days
        if hour >= first:
            return local.weekday() in days
        return hour < last and (local.weekday() - 1) % 7 in days

    found = hours.during(stretches_of(a))
    assert minutes_of(found) == {minute for minute in minutes_of(stretches_of(a)) if wanted(minute)}


values = st.lists(
    st.one_of(st.none(), st.floats(-50, 50).map(lambda value: round(value, 1))),
    min_size=12,
    max_size=60,
)


def plain_distance(part: list[float], wanted: list[float]) -> float:
    """Return the distance of two shapes, as slow and as obvious as can be."""

    def shape(values: list[float]) -> list[float]:
        mean = math.fsum(values) / len(values)
        deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))
        return [(value - mean) / deviation for value in values]

    return math.dist(shape(part), shape(wanted))


@given(held=values, wanted=st.lists(st.integers(-9, 9).map(float), min_size=4, max_size=8))
def test_distances_of_shapes_equal_plain_python(
    held: list[float | None], wanted: list[float]
) -> None:
    if len(set(wanted)) == 1:
        return
    series = np.array([math.nan if value is None else value for value in held])
    found = distances(series, np.array(wanted))
    m = len(wanted)
    assert len(found) == len(held) - m + 1
    for place in range(len(found)):
        part = held[place : place + m]
        if None in part:
            assert found[place] == math.inf
            continue
        numbers = [value for value in part if value is not None]
        if max(numbers) - min(numbers) > 0.05:
            expected = plain_distance(numbers, wanted)
            assert found[place] == pytest.approx(expected, abs=1e-4)


def test_likes_lie_apart_from_each_other_and_from_the_stretch_itself() -> None:
    far = np.array([5.0, 1, 0, 1, 5, 5, 5, 2, 1.5, 2, 5, np.inf, 3])
    found = nearest(far, taken=2, m=3, limit=5)
    assert [near.place for near in found] == [8, 12, 5]


def test_a_level_stretch_has_no_shape() -> None:
    series = np.array([1.0, 1, 1, 1, 1, 2, 3, 2, 1])
    found = distances(series, np.array([1.0, 2, 3, 2]))
    assert found[0] == math.inf
    assert found[4] == pytest.approx(0, abs=1e-6)
