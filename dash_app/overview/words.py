"""What is unusual, and how the base is doing, in words."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from dash_app.words import (
    NBSP,
    each,
    measure_label,
    moment,
    number,
    rounded_length,
    unit_symbol,
    value_text,
)
from dtbase.domain.glance.overview import Concern, SeriesNow

DAY = timedelta(days=1)


def unusual(series: SeriesNow, now: datetime) -> str:
    """Say what is unusual about a series."""
    if series.concern is Concern.SILENT and series.since and series.every:
        every = each(rounded_length(series.every))
        return f"No data for {lasted(now - series.since)}. It reports every {every}."
    if series.concern is Concern.OUTSIDE:
        low, high = number(series.lower, series.unit), number(series.upper, series.unit)
        unit = unit_symbol(series.unit)
        reach = f"{low} to {high}" + (f"{NBSP}{unit}" if unit else "")
        return f"{value_now(series)}, outside the {reach} that was forecast for it"
    if series.concern is Concern.STUCK and series.since:
        return f"{value_now(series)} without moving for {lasted(now - series.since)}"
    return ""


def short(series: SeriesNow, now: datetime) -> str:
    """Say what is unusual in a few words: Wind speed silent, 3 h."""
    name = measure_label(series.measure)
    if series.concern is Concern.SILENT and series.since:
        return f"{name} silent, {rough(now - series.since)}"
    words = {Concern.OUTSIDE: "outside its forecast", Concern.STUCK: "stuck"}
    return f"{name} {words[series.concern]}" if series.concern in words else ""


def since_text(series: SeriesNow, now: datetime, zone: ZoneInfo) -> str:
    """Say since when: the time of today, else the day."""
    if series.since is None:
        return ""
    if now - series.since < DAY:
        return f"since {series.since.astimezone(zone):%H:%M}"
    return f"since {moment(series.since, zone).rsplit(' ', 1)[0]}"


def value_now(series: SeriesNow) -> str:
    """Return a last value with its unit."""
    return value_text(series.value, series.unit)


def lasted(time: timedelta) -> str:
    """Return a length exactly enough: 3 h 12 min, 2 days 4 h."""
    minutes = round(time.total_seconds() / 60)
    hours, minutes = divmod(minutes, 60)
    days, hours_left = divmod(hours, 24)
    if days:
        named = f"{days}{NBSP}day" + "s" * (days > 1)
        return named + (f" {hours_left}{NBSP}h" if hours_left else "")
    if hours:
        return f"{hours}{NBSP}h" + (f" {minutes}{NBSP}min" if minutes else "")
    return f"{minutes}{NBSP}min"


def rough(time: timedelta) -> str:
    """Return a length in its greatest unit: 3 h."""
    return lasted(time).split(" ")[0]
