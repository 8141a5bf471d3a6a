"""Ranges in words, and the earlier times with which they are compared."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dash_app.explore import comparing, ranges

ZONE = ZoneInfo("America/New_York")
NOW = datetime(2026, 7, 18, 16, 30, tzinfo=UTC)  # a Saturday, 12:30 in New York
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("today", "2026-07-18", "2026-07-19"),
        ("yesterday", "2026-07-17", "2026-07-18"),
        ("this-week", "2026-07-13", "2026-07-20"),
        ("last-week", "2026-07-06", "2026-07-13"),
        ("this-month", "2026-07-01", "2026-08-01"),
        ("last-month", "2026-06-01", "2026-07-01"),
        ("this-year", "2026-01-01", "2027-01-01"),
        ("last-year", "2025-01-01", "2026-01-01"),
        ("2026-02", "2026-02-01", "2026-03-01"),
        ("2025-12", "2025-12-01", "2026-01-01"),
    ],
)
def test_the_calendar_is_that_of_the_site(name: str, start: str, end: str) -> None:
    found = ranges.asked_of(name, NOW, ZONE)
    assert (found.start, found.end) == (local(start), local(end))
    assert not found.until_known


def test_the_last_days_end_where_the_newest_forecast_does() -> None:
    found = ranges.asked_of("7d", NOW, ZONE)
    assert found.start == NOW.replace(minute=0) - 7 * DAY
    assert found.until_known


def test_last_and_next_are_exactly_that() -> None:
    found = ranges.asked_of("3d~2d", NOW, ZONE)
    assert found.start == NOW.replace(minute=0) - 3 * DAY
    assert found.end == NOW.replace(minute=0) + 2 * DAY + HOUR
    assert not found.until_known
    ahead = ranges.asked_of("~6h", NOW, ZONE)
    assert (ahead.start, ahead.end) == (NOW.replace(minute=0), NOW.replace(minute=0) + 7 * HOUR)


def test_all_begins_with_the_first_reading() -> None:
    found = ranges.asked_of("all", NOW, ZONE)
    assert (found.start, found.until_known) == (None, True)


def test_months_go_by_the_calendar() -> None:
    start = ranges.asked_of("1mo", datetime(2026, 3, 31, 12, tzinfo=UTC), ZONE).start
    assert start is not None
    assert start.date().isoformat() == "2026-02-28"


@pytest.mark.parametrize(
    "text", ["7d", "24h", "1y", "3d~2d", "~2w", "all", "this-month", "2026-07"]
)
def test_what_is_a_range_has_words(text: str) -> None:
    assert ranges.is_range(text)
    assert ranges.label_of(text)


@pytest.mark.parametrize(
    "text",
    ["", *["d", "0d", "7x", "3d~", "~", "next-week", "99999d", "101y", "2026-13", "26-07"]],
)
def test_what_is_no_range_is_none(text: str) -> None:
    assert not ranges.is_range(text)


def test_a_range_is_told_in_words() -> None:
    assert ranges.label_of("3d~1w") == "Last 3 days, next 1 week"
    assert ranges.label_of("~2d") == "Next 2 days"
    assert ranges.label_of("2026-07") == "July 2026"


@pytest.mark.parametrize(
    ("shift", "named", "length"),
    [
        ("1d", "7d", DAY),
        ("1w", "7d", 7 * DAY),
        ("4w", "7d", 28 * DAY),
        ("52w", "7d", 364 * DAY),
        ("36h", "7d", 36 * HOUR),
        ("previous", "7d", 7 * DAY),
        ("previous", "24h", DAY),
        ("previous", "this-week", 7 * DAY),
        ("previous", "yesterday", DAY),
        ("previous", "all", None),
    ],
)
def test_a_range_is_compared_with_an_earlier_one(
    shift: str, named: str, length: timedelta | None
) -> None:
    asked = ranges.asked_of(named, NOW, ZONE)
    start = asked.start or NOW - 365 * DAY
    end = NOW if asked.until_known else asked.end
    assert comparing.shift_of(shift, start, end, ZONE, named) == length


@pytest.mark.parametrize("named", ["this-month", "2026-07"])
def test_the_month_before_is_as_long_as_it_was(named: str) -> None:
    asked = ranges.asked_of(named, NOW, ZONE)
    assert asked.start is not None
    found = comparing.shift_of("previous", asked.start, asked.end, ZONE, named)
    assert found == 30 * DAY


def test_a_year_by_the_calendar_and_a_window_of_its_own() -> None:
    start, end = local("2026-07-01"), local("2026-07-04")
    assert comparing.shift_of("1y", start, end, ZONE, None) == 365 * DAY
    assert comparing.shift_of("previous", start, end, ZONE, None) == 3 * DAY


@pytest.mark.parametrize("text", ["", "week", "0d", "-1d", "9999y", "1x"])
def test_what_is_no_shift_is_none(text: str) -> None:
    assert not comparing.is_shift(text)
