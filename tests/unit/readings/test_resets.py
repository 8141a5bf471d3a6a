"""A reset that somebody says is one, whatever the stands look like."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from dtbase.domain.readings.buckets import naive
from dtbase.domain.readings.counters import counter_steps
from dtbase.domain.readings.steps import Points
from dtbase.domain.registry.statistics import Options
from dtbase.errors import Invalid

START = datetime(2026, 5, 11, tzinfo=UTC)


def used(stands: list[float], *resets: float, **options: float) -> list[float]:
    """Return what was counted between stands an hour apart, with resets at these hours."""
    times = [naive(START + timedelta(hours=place)) for place in range(len(stands))]
    said = [START + timedelta(hours=hour) for hour in resets]
    rules = Options.model_validate({"resets": said or None, **options}) if said else None
    points = Points.of(np.array(times), np.array(stands))
    return [float(amount) for amount in counter_steps(points, rules).amounts]


def test_a_stand_that_grew_past_the_old_one_counts_from_zero() -> None:
    assert used([10, 11, 14, 15]) == [1, 3, 1]
    assert used([10, 11, 14, 15], 1.5) == [1, 14, 1]
    assert used([10, 11, 14, 15], 2) == [
        1,
        14,
        1,
    ]


def test_a_fall_at_a_reset_is_no_slip_though_it_stands_again_where_it_stood() -> None:
    assert used([100, 0, 101, 102]) == [1, 1]
    assert used([100, 0, 101, 102], 1) == [0, 101, 1]


def test_resets_before_the_first_and_after_the_last_reading_change_nothing() -> None:
    assert used([10, 11, 12], -5, 0, 9) == [1, 1]
    assert used([], 1) == []


def test_more_than_can_be_counted_since_a_reset_is_no_use() -> None:
    assert used([10, 11, 500, 501], 1.5, rate=20) == [1, 0, 1]


def test_resets_are_held_once_and_in_order_and_each_has_a_zone() -> None:
    later, first = "2026-05-12T12:00:00+02:00", "2026-05-11T00:00:00Z"
    options = Options.model_validate({"resets": [later, first, later]})
    assert options.resets == (START, START + timedelta(hours=34))
    with pytest.raises(Invalid, match=r"resets"):
        Options(resets=["2026-05-11T00:00:00"])
    with pytest.raises(Invalid, match=r"resets"):
        Options(resets=[])
