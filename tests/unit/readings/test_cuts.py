"""A range is cut where its buckets begin, also where clocks change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dtbase.domain.readings.buckets import Bucket, aware, edge_before, naive, to_utc
from dtbase.domain.readings.cuts import cuts_of
from dtbase.domain.timeranges import TimeRange
from dtbase.errors import Invalid

ZONES = (
    "UTC",
    "America/New_York",
    "America/Sao_Paulo",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Pacific/Apia",  # has had a day that never was
)
BUCKETS = ("30m", "1h", "2h", "5h", "6h", "1d", "2d", "1w", "1mo", "3mo", "1y")
years = st.sampled_from([1920, 2011, 2018, 2026])


def label_of(time: datetime, bucket: Bucket, zone: ZoneInfo) -> np.datetime64:
    """Return the start of the bucket that a time lies in, one by one."""
    edge = edge_before(bucket, time, zone)
    return naive(edge if bucket.fixed else to_utc(edge, zone))


@given(
    year=years,
    first=st.integers(0, 366 * 24 * 60),
    length=st.integers(1, 60 * 24 * 60),
    bucket=st.sampled_from(BUCKETS),
    zone=st.sampled_from(ZONES),
    looked=st.lists(st.floats(0, 0.999), min_size=1, max_size=20),
)
def test_every_time_of_a_range_lies_in_a_stretch_of_its_own_bucket(
    year: int, first: int, length: int, bucket: str, zone: str, looked: list[float]
) -> None:
    start = datetime(year, 1, 1, tzinfo=UTC) + timedelta(minutes=first)
    span = TimeRange.of(start, start + timedelta(minutes=length))
    cuts = cuts_of(Bucket.parse(bucket), span, ZoneInfo(zone))
    assert (aware(cuts.bounds[0]), aware(cuts.bounds[-1])) == (span.start, span.end)
    assert (np.diff(cuts.bounds) > np.timedelta64(0)).all()
    times = [start + timedelta(minutes=length) * part for part in looked]
    for time in (*times, *map(aware, cuts.bounds[:-1])):
        place = np.searchsorted(cuts.bounds, naive(time), side="right") - 1
        assert cuts.labels[place] == label_of(time, Bucket.parse(bucket), ZoneInfo(zone))


@pytest.mark.parametrize("bucket", ["1s", "2h"])
def test_a_range_of_too_many_buckets_is_refused(bucket: str) -> None:
    span = TimeRange.of(datetime(1900, 1, 1, tzinfo=UTC), datetime(2150, 1, 1, tzinfo=UTC))
    with pytest.raises(Invalid, match="more than"):
        cuts_of(Bucket.parse(bucket), span, ZoneInfo("UTC"))
