"""How numbers, units, names and times are printed."""

import math
import re
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from dtbase.domain.bounds.units import known_unit, unit_registry
from dtbase.domain.lengths import counted, length_in_words
from dtbase.domain.registry.series import Value

NBSP = "\N{NO-BREAK SPACE}"
MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
LEVELS = ("80", "95")
"""The intervals that pages show of a forecast, the narrowest first."""
WHOLE_UNITS = frozenset({"percent", "degree", "deg", "degrees"})
SYMBOLS = {"deg": "°", "degree": "°", "degrees": "°", "kWh": "kWh", "kW*h": "kWh"}
DURATIONS = TypeAdapter(timedelta)
UNIT_WORDS = {
    "s": "second",
    "m": "minute",
    "h": "hour",
    "d": "day",
    "w": "week",
    "mo": "month",
    "y": "year",
}
BUCKETS = {
    "auto": "Automatic",
    "raw": "As measured",
    "10m": "10 minutes",
    "1h": "1 hour",
    "1d": "1 day",
    "1w": "1 week",
    "1mo": "1 month",
}


@cache
def unit_symbol(unit: str | None) -> str:
    """Return how a unit is printed: degC as °C, percent as %."""
    if unit is None or unit in SYMBOLS:
        return SYMBOLS.get(unit or "", "")
    return f"{unit_registry().Unit(known_unit(unit)):~P}"


def quantity(value: float | None, unit: str | None) -> str:
    printed, symbol = number(value, unit), unit_symbol(unit)
    return printed if printed == DASH or not symbol else f"{printed}{NBSP}{symbol}"


def number(value: float | None, unit: str | None = None) -> str:
    """Return a value with the digits that its unit deserves, or a dash for none."""
    if value is None or math.isnan(value):
        return DASH
    digits = 0 if unit in WHOLE_UNITS else 1
    text = f"{value:,.{digits}f}"
    return text.replace("-", MINUS) if float(text.replace(",", "")) else text.lstrip("-")


def hover_format(unit: str | None) -> str:
    """Return the same digits as a format of plotly.js."""
    return ",.0f" if unit in WHOLE_UNITS else ",.1f"


def measure_label(measure: str) -> str:
    """Return a measure's name as a person writes it: wind_speed as Wind speed."""
    words = measure.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def bucket_label(bucket: str) -> str:
    """Return the length of a bucket in words: 6h as 6 hours."""
    parts = re.fullmatch(r"(\d+)(s|m|h|d|w|mo|y)", bucket)
    if parts is None:
        return BUCKETS.get(bucket, bucket)
    return counted(int(parts[1]), UNIT_WORDS[parts[2]])


def duration(length: timedelta) -> str:
    """Return a length as the API writes it: PT10M."""
    return str(DURATIONS.dump_python(length, mode="json"))


def duration_in_words(written: str) -> str:
    """Return a length that is written as the API does in words; nothing for what is none."""
    try:
        return length_in_words(DURATIONS.validate_python(written))
    except ValidationError:
        return ""


def each(every: str) -> str:
    """Return what stands after every: hour, 10 minutes."""
    return every.removeprefix("1 ")


def rounded_length(seconds: float) -> str:
    """Return a length as people say it: in whole minutes, from two hours on hours, then days."""
    units = ((1, 60), (60, 7_200), (3_600, 172_800), (86_400, math.inf))
    size = next(size for size, until in units if seconds < until)
    return length_in_words(timedelta(seconds=max(round(seconds / size), 1) * size))


def value_text(value: Value | None, unit: str | None) -> str:
    """Return a value as people read it: on, a text, a number with its unit."""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, str):
        return value
    return quantity(value, unit)


def moment(time: datetime, zone: ZoneInfo, *, weekday: bool = False, year: bool = False) -> str:
    """Return a time in the site's zone: Thu 18 Jul 2026 14:00."""
    local = time.astimezone(zone)
    day = f"{local:%a }" * weekday + f"{local.day} {local:%b}" + f" {local:%Y}" * year
    return f"{day} {local:%H:%M}"


def span(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """Return a range of times, with years where they are in doubt."""
    first, last = start.astimezone(zone), end.astimezone(zone)
    if last - first < timedelta(days=60) and first.year == last.year:
        return f"{moment(start, zone)} {DASH} {moment(end, zone)}"
    return f"{first.day} {first:%b %Y} {DASH} {last.day} {last:%b %Y}"


def length(delta: timedelta) -> str:
    """Return a length of time: 40 min, 11 h, 3 days."""
    hours = delta.total_seconds() / 3600
    if hours < 1:
        return f"{round(hours * 60)}{NBSP}min"
    return f"{round(hours)}{NBSP}h" if hours < 48 else f"{round(hours / 24)}{NBSP}days"  # noqa: PLR2004


def ago(time: datetime, now: datetime) -> str:
    """Return how long ago a time was, up to a day; earlier or later ones are not relative."""
    return "now" if now - time < timedelta(minutes=1) else f"{length(now - time)} ago"


def offset(time: datetime, zone: ZoneInfo) -> str:
    """Return the zone's name and distance from UTC at a time: EDT and the hours."""
    local = time.astimezone(zone)
    minutes = round((local.utcoffset() or timedelta()).total_seconds() / 60)
    sign = MINUS if minutes < 0 else "+"
    hours, rest = divmod(abs(minutes), 60)
    clock = f"UTC{sign}{hours}" + (f":{rest:02d}" if rest else "")
    name = local.tzname() or ""
    return clock if name[:1] in "+-" else f"{name}, {clock}"


def city(zone: str) -> str:
    """Return the place that a zone is named after: New York."""
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def error_sentence(text: str) -> str:
    """Return what is told as a sentence; a series keeps the letters of its name."""
    text = text.strip()
    first = text[:1] if "/" in text.partition(" ")[0] else text[:1].upper()
    return first + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
