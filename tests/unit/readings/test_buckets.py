"""Buckets keep their edges where clocks change, and ranges are cut where stored buckets end."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dtbase.domain.readings.batches import Times
from dtbase.domain.readings.buckets import Bucket, edges, finest, to_utc
from dtbase.domain.readings.queries import Grain, grain_for, parts_of
from dtbase.domain.timeranges import EARLIEST, LATEST, TimeRange, zone
from dtbase.errors import Invalid

LONDON = ZoneInfo("Europe/London")
NEW_YORK = ZoneInfo("America/New_York")
KOLKATA = ZoneInfo("Asia/Kolkata")
NORFOLK = ZoneInfo("Pacific/Norfolk")
"""Half an hour beside whole ones until 2015, also when hours of 2000 are counted from."""

PLAIN = ZoneInfo("UTC")
DAYS = timedelta(days=3)


def span(start: str, end: str, site: ZoneInfo = PLAIN) -> TimeRange:
    """Return a range between two wall-clock times of a zone."""
    return TimeRange.of(
        datetime.fromisoformat(start).replace(tzinfo=site),
        datetime.fromisoformat(end).replace(tzinfo=site),
    )


def hours_between(found: Times) -> list[float]:
    """Return the lengths of buckets in hours."""
    return [float(length / np.timedelta64(1, "h")) for length in np.diff(found)]


@pytest.mark.parametrize(
    ("site", "start", "end", "lengths"),
    [
        (NEW_YORK, "2026-03-07", "2026-03-10", [24, 23]),
        (NEW_YORK, "2026-10-31", "2026-11-03", [24, 25]),
        (LONDON, "2026-03-28", "2026-03-31", [24, 23]),
        (LONDON, "2026-10-24", "2026-10-27", [24, 25]),
    ],
)
def test_a_day_is_as_long_as_its_clocks_make_it(
    site: ZoneInfo, start: str, end: str, lengths: list[float]
) -> None:
    found = edges(Bucket.parse("1d"), span(start, end, site), site)
    assert hours_between(found) == lengths


@pytest.mark.parametrize(("site", "day"), [(NEW_YORK, "2026-11-01"), (LONDON, "2026-10-25")])
def test_the_hour_that_comes_twice_is_two_hours(site: ZoneInfo, day: str) -> None:
    asked = span(f"{day} 00:00", f"{day} 04:00", site)
    found = edges(Bucket.parse("1h"), asked, site)
    assert len(found) == 5
    assert set(hours_between(found)) == {1.0}


@pytest.mark.parametrize(("site", "day"), [(NEW_YORK, "2026-03-08"), (LONDON, "2026-03-29")])
def test_six_hours_follow_the_wall_clock(site: ZoneInfo, day: str) -> None:
    found = edges(Bucket.parse("6h"), span(f"{day} 00:00", f"{day} 18:00", site), site)
    local = [time.replace(tzinfo=UTC).astimezone(site).hour for time in found.astype(datetime)]
    assert local == [0, 6, 12]
    assert hours_between(found) == [5, 6]


@pytest.mark.parametrize(
    ("bucket", "name", "end", "edge"),
    [
        ("2h", "Europe/Berlin", "2026-10-25T00:30", "2026-10-25T01:00"),
        ("3h", "Europe/Helsinki", "2026-10-25T00:30", "2026-10-25T01:00"),
        ("1d", "America/Havana", "2026-11-01T04:30", "2026-11-01T05:00"),
        ("1d", "America/St_Johns", "2010-11-07T02:30:30", "2010-11-07T03:30"),
        ("3h", "Pacific/Chatham", "2026-09-26T14:10", "2026-09-26T14:15"),
    ],
)
def test_a_range_that_ends_where_an_edge_comes_twice_or_never_has_that_edge(
    bucket: str, name: str, end: str, edge: str
) -> None:
    until = datetime.fromisoformat(end).replace(tzinfo=UTC)
    found = edges(Bucket.parse(bucket), TimeRange.of(until - DAYS, until), zone(name))
    assert found[-1] == np.datetime64(edge)
    assert len(np.unique(found)) == len(found)


def test_weeks_begin_on_monday_and_months_on_their_first() -> None:
    weeks = edges(Bucket.parse("1w"), span("2026-01-01", "2026-01-20"), PLAIN)
    assert weeks.astype("datetime64[D]").astype(str).tolist() == [
        "2025-12-29",
        "2026-01-05",
        "2026-01-12",
        "2026-01-19",
    ]
    months = edges(Bucket.parse("3mo"), span("2026-02-01", "2026-08-01"), NEW_YORK)
    assert months.astype(str).tolist()[:2] == [
        "2026-01-01T05:00:00.000000",
        "2026-04-01T04:00:00.000000",
    ]


@pytest.mark.parametrize("text", ["", "0h", "1", "h", "1.5h", "-1h", "100000s", "1 h", "1M", "raw"])
def test_what_is_no_bucket_is_refused_with_the_rule(text: str) -> None:
    with pytest.raises(Invalid, match="such as 10m"):
        Bucket.parse(text)


@pytest.mark.parametrize("text", ["100000d", "0y"])
def test_the_refusal_of_a_number_names_its_limit(text: str) -> None:
    with pytest.raises(Invalid, match="a number from 1 to 99999"):
        Bucket.parse(text)


@pytest.mark.parametrize("text", ["1001y", "2000y", "99999y", "12001mo", "99999mo", "99999w"])
def test_a_bucket_that_no_calendar_holds_is_refused(text: str) -> None:
    with pytest.raises(Invalid, match="no longer than 1000 years") as refused:
        Bucket.parse(text)
    assert refused.value.violations[0]["field"] == "bucket"


LONGEST = ["99999m", "99999h", "99999d", "52177w", "12000mo", "1000y"]


@pytest.mark.parametrize("site", [NEW_YORK, ZoneInfo("Pacific/Apia")])
@pytest.mark.parametrize("text", [*LONGEST, "11999mo", "999y", "1mo"])
@pytest.mark.parametrize(
    "asked",
    [
        TimeRange.of(EARLIEST, LATEST),
        TimeRange.of(EARLIEST, EARLIEST + timedelta(days=1)),
        TimeRange.of(LATEST - timedelta(days=1), LATEST),
    ],
)
def test_a_bucket_of_any_length_has_edges_in_any_range(
    text: str, site: ZoneInfo, asked: TimeRange
) -> None:
    found = edges(Bucket.parse(text), asked, site)
    assert found[0].astype(datetime).replace(tzinfo=UTC) <= asked.start
    assert found[-1].astype(datetime).replace(tzinfo=UTC) < asked.end


instants = st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1))  # noqa: DTZ001


@given(
    instants,
    st.timedeltas(timedelta(seconds=1), timedelta(days=36_500)),
    st.integers(1, 400),
    st.sampled_from([PLAIN, NEW_YORK, KOLKATA, ZoneInfo("Pacific/Apia")]),
)
def test_the_finest_bucket_keeps_within_the_points(
    start: datetime, length: timedelta, points: int, site: ZoneInfo
) -> None:
    asked = TimeRange.of(start.replace(tzinfo=UTC), start.replace(tzinfo=UTC) + length)
    bucket = finest(asked, points, site)
    found = len(edges(bucket, asked, site))
    assert found <= points or (points == 1 and str(bucket) == "500y" and found == 2)


def test_two_months_and_a_day_can_be_four_months_though_they_are_two_on_average() -> None:
    assert str(finest(span("2026-01-31", "2026-04-02"), 3, PLAIN)) == "3mo"
    assert str(finest(span("2026-01-01", "2026-04-01"), 3, PLAIN)) == "1mo"


def test_a_range_with_too_many_buckets_is_refused() -> None:
    with pytest.raises(Invalid, match="more than 1000000 points"):
        edges(Bucket.parse("1s"), span("2025-01-01", "2026-01-01"), PLAIN)


@pytest.mark.parametrize(
    ("bucket", "site", "grain"),
    [
        ("10m", PLAIN, Grain.RAW),
        ("90m", PLAIN, Grain.RAW),
        ("1h", PLAIN, Grain.HOUR),
        ("1h", NEW_YORK, Grain.HOUR),
        ("1h", KOLKATA, Grain.RAW),
        ("1d", PLAIN, Grain.DAY),
        ("1d", NEW_YORK, Grain.HOUR),
        ("1w", PLAIN, Grain.DAY),
        ("1mo", PLAIN, Grain.DAY),
        ("1y", LONDON, Grain.HOUR),
        ("1d", KOLKATA, Grain.RAW),
        ("1h", NORFOLK, Grain.RAW),
        ("2h", NORFOLK, Grain.HOUR),
    ],
)
def test_the_coarsest_exact_grain_is_chosen(bucket: str, site: ZoneInfo, grain: Grain) -> None:
    asked = span("2026-01-01", "2026-12-31")
    assert grain_for(Bucket.parse(bucket), asked, site) is grain


def test_a_winter_in_london_can_be_read_from_days() -> None:
    winter = span("2026-01-01", "2026-03-01")
    assert grain_for(Bucket.parse("1d"), winter, LONDON) is Grain.DAY


@given(instants, st.timedeltas(timedelta(microseconds=1), timedelta(days=90)))
def test_the_parts_of_a_range_cover_it_once_and_lie_on_stored_edges(
    start: datetime, length: timedelta
) -> None:
    whole = TimeRange.of(start.replace(tzinfo=UTC), start.replace(tzinfo=UTC) + length)
    parts = parts_of(whole, Grain.DAY)
    assert parts[0].span.start == whole.start
    assert parts[-1].span.end == whole.end
    for one, following in pairwise(parts):
        assert one.span.end == following.span.start
    for part in parts:
        if part.grain is not Grain.RAW:
            assert part.span.start.timestamp() % part.grain.seconds == 0
            assert part.span.end.timestamp() % part.grain.seconds == 0


def test_a_wall_clock_time_that_comes_twice_is_the_second_and_one_in_a_gap_moves_on() -> None:
    twice = datetime(2026, 11, 1, 1, 30)  # noqa: DTZ001
    missing = datetime(2026, 3, 8, 2, 30)  # noqa: DTZ001
    assert to_utc(twice, NEW_YORK) == datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    assert to_utc(missing, NEW_YORK) == datetime(2026, 3, 8, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "name",
    [
        "Mars/Olympus",
        "",
        "../etc/passwd",
        "EST5EDT4",
        "a\0b",
        "localtime",
        "posixrules",
        "Factory",
        "posix/Europe/London",
        "right/Europe/London",
    ],
)
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(Invalid, match="IANA"):
        zone(name)


@pytest.mark.parametrize(
    ("start", "end", "field"),
    [
        (datetime(2026, 1, 1), datetime(2026, 1, 2, tzinfo=UTC), "start"),  # noqa: DTZ001
        (datetime(2026, 1, 2, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC), "end"),
        (datetime.min.replace(tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC), "start"),
        (datetime(2026, 1, 1, tzinfo=UTC), datetime.max.replace(tzinfo=UTC), "end"),
    ],
)
def test_a_range_that_is_none_is_refused_by_field(
    start: datetime, end: datetime, field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        TimeRange.of(start, end)
    assert refused.value.violations[0]["field"] == field
