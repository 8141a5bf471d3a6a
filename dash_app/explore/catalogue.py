"""Which series, locations and models there are: asked once, and anew when the registry changes."""

from collections.abc import Sequence
from typing import NamedTuple

from dash_app import account, live
from dash_app.remembered import Remembered
from dtbase.domain.forecasts.runs import Model
from dtbase.domain.registry.locations import Location
from dtbase.domain.registry.series import Series

LONGEST = 600.0

SERIES = Remembered[tuple[Series, ...]](LONGEST)
LOCATIONS = Remembered[tuple[Location, ...]](LONGEST)
MODELS = Remembered[tuple[Model, ...]](LONGEST)


class Sought(NamedTuple):
    """By what series are looked for."""

    words: str = ""
    sensor_type: str | None = None
    location: str | None = None
    measure: str | None = None


def series() -> tuple[Series, ...]:
    version = live.recent().registry
    return SERIES.get(lambda _: tuple(account.api().series.list()), version)


def locations() -> tuple[Location, ...]:
    version = live.recent().registry
    return LOCATIONS.get(lambda _: tuple(account.api().locations.list()), version)


def models() -> tuple[Model, ...]:
    version = live.recent().registry
    return MODELS.get(lambda _: tuple(account.api().models.list()), version)


def fitting(known: Sequence[Series], places: Sequence[Location], sought: Sought) -> list[Series]:
    """Return the series that fit all that is sought; every word must be in some name."""
    words = sought.words.lower().split()
    inside = None if sought.location is None else subtree(places, sought.location)
    return [
        series
        for series in known
        if sought.sensor_type in {None, series.sensor_type}
        and sought.measure in {None, series.measure}
        and (inside is None or series.location in inside)
        and all(word in text_of(series) for word in words)
    ]


def text_of(series: Series) -> str:
    """Return all by which a series may be found."""
    names = (series.key, series.sensor_name, series.sensor_type, series.location, series.measure)
    return " ".join(str(name).replace("_", " ") + f" {name}" for name in names if name).lower()


def subtree(places: Sequence[Location], top: str) -> frozenset[str]:
    """Return a location and all that stand in it."""
    found = {top}
    while more := {place.identifier for place in places if place.parent in found} - found:
        found |= more
    return frozenset(found)
