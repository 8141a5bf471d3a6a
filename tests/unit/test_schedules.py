"""Schedules keep their beat."""

from datetime import UTC, datetime, timedelta

import pytest

from dtbase.domain.schedules import Schedule

DUE = datetime(2026, 11, 23, 12, 0, 5, tzinfo=UTC)


def hourly() -> Schedule:
    return Schedule(
        id=1,
        name="hourly",
        job="jobs.tasks.replay",
        every=timedelta(hours=1),
        next_at=DUE,
        enabled=True,
        last_at=None,
    )


@pytest.mark.parametrize(
    ("late", "following"),
    [
        (timedelta(0), timedelta(hours=1)),
        (timedelta(seconds=8), timedelta(hours=1)),
        (timedelta(minutes=59, seconds=59), timedelta(hours=1)),
        (timedelta(hours=1), timedelta(hours=2)),
        (timedelta(days=3, minutes=5), timedelta(days=3, hours=1)),
    ],
)
def test_missed_ticks_count_once_and_the_beat_is_kept(
    late: timedelta, following: timedelta
) -> None:
    assert hourly().following(DUE + late) == DUE + following
