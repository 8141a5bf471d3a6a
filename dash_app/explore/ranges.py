"""Ranges in words: the last hours, the next days, this month, last year; and when they are."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dtbase.domain.frozen import Frozen

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
ALL: Final = "all"
QUICK_LABELS = {"24h": "24 h", "7d": "7 d", "30d": "30 d", "1y": "1 y", ALL: "All"}
CALENDAR = {
    "today": "Today",
    "yesterday": "Yesterday",
    "this-week": "This week",
    "last-week": "Last week",
    "this-month": "This month",
    "last-month": "Last month",
    "this-year": "This year",
    "last-year": "Last year",
}
UNITS = {"h": "hours", "d": "days", "w": "weeks", "mo": "months", "y": "years"}
PART = r"([1-9][0-9]{0,3})(h|d|w|mo|y)"
AROUND = re.compile(rf"{PART}(?:~{PART})?")
MONTH = re.compile(r"(?:19|20|21)[0-9]{2}-(?:0[1-9]|1[0-2])")
"""A month by its name, such as 2026-07."""

NEXT = re.compile(rf"~{PART}")
DAYS = {"h": 1 / 24, "d": 1, "w": 7, "mo": 31, "y": 366}
MOST_DAYS = 100 * 366
AHEAD_OF_ALL = timedelta(days=366)


class Asked(Frozen):
    """What a range asks for; without a start, from the first reading on."""

    start: datetime | None
    end: datetime
    until_known: bool = False
    """Whether it ends where the newest forecast does, if that is earlier."""


def is_range(text: str) -> bool:
    """Tell whether this names a range."""
    if text == ALL or text in CALENDAR or MONTH.fullmatch(text):
        return True
    if not (AROUND.fullmatch(text) or NEXT.fullmatch(text)):
        return False
    parts = re.findall(PART, text)
    return all(int(count) * DAYS[unit] <= MOST_DAYS for count, unit in parts)


def label_of(text: str) -> str:
    """Return a range in words."""
    if text == ALL:
        return "All"
    if text in CALENDAR:
        return CALENDAR[text]
    if MONTH.fullmatch(text):
        return f"{first_of(text):%B %Y}"
    back, _, ahead = text.partition("~")
    words = [f"last {counted(back)}"] if back else []
    words += [f"next {counted(ahead)}"] if ahead else []
    found = ", ".join(words)
    return found[:1].upper() + found[1:]


def counted(part: str) -> str:
    """Return a length in words: 7d as 7 days."""
    found = re.fullmatch(PART, part)
    assert found is not None
    unit = UNITS[found[2]]
    return f"{found[1]} {unit[:-1] if found[1] == '1' else unit}"


def asked_of(text: str, now: datetime, zone: ZoneInfo) -> Asked:
    """Return from when to when a range is, now."""
    if text == ALL:
        return Asked(start=None, end=full_hour(now + AHEAD_OF_ALL), until_known=True)
    if text in CALENDAR:
        start, end = calendar(text, now.astimezone(zone))
        return Asked(start=start.astimezone(UTC), end=end.astimezone(UTC))
    if MONTH.fullmatch(text):
        first = first_of(text)
        edges = (time.replace(tzinfo=zone) for time in (first, by_months(first, 1)))
        start, end = (time.astimezone(UTC) for time in edges)
        return Asked(start=start, end=end)
    back, also, ahead = text.partition("~")
    start = moved(now, back, -1, zone) if back else now
    if also:
        return Asked(start=full_hour(start), end=full_hour(moved(now, ahead, 1, zone) + HOUR))
    end = full_hour(now + (now - start) + HOUR)
    return Asked(start=full_hour(start), end=end, until_known=True)


def first_of(month: str) -> datetime:
    """Return the first moment of a month by the clock on the wall."""
    return datetime.strptime(month, "%Y-%m")  # noqa: DTZ007 - the zone is put on by who asks


def moved(time: datetime, part: str, sign: int, zone: ZoneInfo) -> datetime:
    """Return the time so much earlier or later; months and years go by the calendar."""
    found = re.fullmatch(PART, part)
    assert found is not None
    count, unit = sign * int(found[1]), found[2]
    if unit in {"mo", "y"}:
        local = time.astimezone(zone)
        return by_months(local, count * (12 if unit == "y" else 1)).astimezone(UTC)
    return time + count * {"h": HOUR, "d": DAY, "w": 7 * DAY}[unit]


def by_months(time: datetime, months: int) -> datetime:
    """Return the same day so many months later, or the last day of that month."""
    place = time.year * 12 + time.month - 1 + months
    year, month = place // 12, place % 12 + 1
    first_of_next = datetime(year + month // 12, month % 12 + 1, 1)  # noqa: DTZ001 - only its day
    last_day = (first_of_next - DAY).day
    return time.replace(year=year, month=month, day=min(time.day, last_day))


def calendar(text: str, local: datetime) -> tuple[datetime, datetime]:
    """Return the first and last moment of a day, week, month or year of the calendar."""
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    which, _, unit = text.partition("-")
    back = 1 if which in {"last", "yesterday"} else 0
    if not unit:
        return midnight - back * DAY, midnight + (1 - back) * DAY
    if unit == "week":
        monday = midnight - midnight.weekday() * DAY
        return monday - back * 7 * DAY, monday + (1 - back) * 7 * DAY
    months = 12 if unit == "year" else 1
    first = midnight.replace(day=1, month=1 if unit == "year" else midnight.month)
    return by_months(first, -back * months), by_months(first, (1 - back) * months)


def full_hour(time: datetime) -> datetime:
    return time.replace(minute=0, second=0, microsecond=0)
