"""A range is cut for streaming only where no bucket is, whatever the clocks do."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dtbase.domain.readings.buckets import Bucket, edges
from dtbase.domain.readings.columns import Columns
from dtbase.domain.readings.queries import Bucketing, Fill
from dtbase.domain.timeranges import TimeRange, zone
from dtbase.storage.values.streams import slices_of, windows

ZONES = ["UTC", "Europe/London", "America/New_York", "America/Havana", "Australia/Lord_Howe"]
BUCKETS = ["10m", "1h", "2h", "5h", "7h", "1d", "3d", "1w", "1mo", "5mo", "1y"]
START = datetime(2026, 1, 1, tzinfo=UTC)


@settings(deadline=None)
@given(
    bucket=st.sampled_from(BUCKETS),
    name=st.sampled_from(ZONES),
    hours=st.integers(0, 24 * 700),
    length=st.integers(1, 24 * 900),
    most=st.integers(1, 60),
)
@example(bucket="5h", name="Europe/London", hours=24 * 290, length=24 * 30, most=1)
@example(bucket="1d", name="America/Havana", hours=0, length=24 * 800, most=1)
@example(bucket="1mo", name="UTC", hours=5, length=24 * 800, most=1)
def test_slices_follow_each_other_and_are_cut_at_edges_of_buckets(
    bucket: str, name: str, hours: int, length: int, most: int
) -> None:
    start = START + timedelta(hours=hours)
    span = TimeRange.of(start, start + timedelta(hours=length))
    how = Bucketing(Bucket.parse(bucket), zone(name), (), Fill.NONE)
    slices = list(slices_of(span, how, most))
    assert slices[0].start == span.start
    assert slices[-1].end == span.end
    assert all(one.end == other.start for one, other in pairwise(slices))
    whole = edges(how.bucket, span, how.zone).tolist()
    cuts = [one.end.replace(tzinfo=None) for one in slices[:-1]]
    assert set(cuts) <= set(whole)
    in_slices = [edges(how.bucket, one, how.zone).tolist() for one in slices]
    assert [edge for part in in_slices for edge in part] == whole


def test_what_is_filled_from_known_values_is_not_cut() -> None:
    span = TimeRange.of(START, START + timedelta(days=1000))
    how = Bucketing(Bucket.parse("1h"), zone("UTC"), (), Fill.LINEAR)
    assert list(slices_of(span, how, 10)) == [span]


@settings(deadline=None)
@given(
    series=st.lists(st.sets(st.integers(0, 60)).map(sorted), min_size=1, max_size=5),
    size=st.integers(1, 7),
)
def test_windows_hold_every_value_once_and_follow_each_other(
    series: list[list[int]], size: int
) -> None:
    def columns_of(numbers: list[int]) -> Columns:
        times = np.array(numbers, dtype="datetime64[us]")
        return Columns(times, {"value": np.array(numbers, dtype=float)})

    readers = [
        iter([columns_of(all_[at : at + size]) for at in range(0, len(all_) + 1, size)])
        for all_ in series
    ]
    found: list[list[float]] = [[] for _ in series]
    reached = -1.0
    for window in windows(readers):
        assert any(map(len, window))
        values = [columns.values["value"].tolist() for columns in window]
        flat = [value for part in values for value in part]
        assert min(flat) > reached
        reached = max(flat)
        for held, part in zip(found, values, strict=True):
            held.extend(part)
    assert found == series
