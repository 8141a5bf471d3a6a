"""With which earlier time a range is compared, and how that is said."""

import re
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from dash_app.explore.ranges import (
    ALL,
    CALENDAR,
    DAY,
    DAYS,
    MONTH,
    PART,
    asked_of,
    by_months,
    counted,
)
from dtbase.domain.glance.chart import LONGEST_SHIFT

PREVIOUS: Final = "previous"
CHOICES = {
    PREVIOUS: ("The period before", "As long as the range"),
    "1d": ("A day earlier", "The same hours of the day before"),
    "1w": ("A week earlier", "Same weekdays"),
    "4w": ("A month earlier", "28 days, so that weekdays stand over weekdays"),
    "52w": ("A year earlier", "364 days, so that weekdays stand over weekdays"),
}
LENGTHS = {"h": timedelta(hours=1), "d": DAY, "w": 7 * DAY}


def is_shift(text: str) -> bool:
    """Tell whether this names a shift that can be asked for."""
    if text == PREVIOUS:
        return True
    found = re.fullmatch(PART, text)
    if found is None:
        return False
    days = DAYS[found[2]] * int(found[1])
    return days * DAY <= timedelta(seconds=LONGEST_SHIFT)


def label_of(text: str) -> str:
    """Return a shift in words."""
    return CHOICES[text][0] if text in CHOICES else f"{counted(text)} earlier"


def shift_of(
    text: str, start: datetime, end: datetime, zone: ZoneInfo, named: str | None
) -> timedelta | None:
    """Return how much earlier the compared range lies, by the clock on the wall."""
    local = start.astimezone(zone).replace(tzinfo=None)
    if text != PREVIOUS:
        found = re.fullmatch(PART, text)
        assert found is not None
        count, unit = int(found[1]), found[2]
        if unit in LENGTHS:
            return count * LENGTHS[unit]
        return local - by_months(local, -count * (12 if unit == "y" else 1))
    if named == ALL:
        return None
    if named and (named in CALENDAR or MONTH.fullmatch(named)):
        return calendar_shift(named, local)
    if named and "~" not in named:
        past = asked_of(named, end, zone).start
        assert past is not None
        return round_hours(end - past)
    return end.astimezone(zone).replace(tzinfo=None) - local


def calendar_shift(named: str, local: datetime) -> timedelta:
    """Return how long the day, week, month or year before is."""
    if named.endswith("month") or MONTH.fullmatch(named):
        return local - by_months(local, -1)
    if named.endswith("year"):
        return local - by_months(local, -12)
    return 7 * DAY if named.endswith("week") else DAY


def round_hours(length: timedelta) -> timedelta:
    return timedelta(hours=round(length / timedelta(hours=1)))
