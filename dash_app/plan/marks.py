"""Marks: sensors and places, where they are and what they say at each step."""

import math
from collections.abc import Sequence

from dtbase.domain.frozen import Frozen
from dtbase.domain.glance.timelapse import TimelapseSeries, Values
from dtbase.domain.registry.measures import Statistic

SUMS = frozenset({Statistic.TOTAL, Statistic.COUNTER, Statistic.NET})


class Mark(Frozen):
    """A sensor or a location, where on the plan or the map it is if it is, and its values."""

    kind: str
    name: str
    title: str
    href: str
    x: float | None = None
    y: float | None = None
    z: float | None = None
    width: float | None = None
    depth: float | None = None
    height: float | None = None
    hollow: bool = False
    """A box with others in it, which are seen through its walls."""

    pinned: bool = False
    """Where it is was said by a pin of the shape, not by coordinates."""

    measured: Values = ()
    predicted: Values = ()
    lower: Values = ()
    upper: Values = ()
    of: int = 1
    """So many sensors it tells together."""


def mark_of(series: TimelapseSeries) -> Mark:
    return Mark(
        kind="sensor",
        name=series.sensor,
        title=series.sensor_name or series.sensor,
        href=f"/explore?s={series.key}",
        measured=series.measured,
        predicted=series.predicted,
        lower=series.lower,
        upper=series.upper,
    )


def told_together(
    kind: str, name: str, title: str, href: str, here: Sequence[TimelapseSeries]
) -> Mark:
    """Return the mark of something that tells several series together, or the only one."""
    mark = Mark(kind=kind, name=name, title=title, href=href, of=len({e.sensor for e in here}))
    if len(here) == 1:
        rows = ("measured", "predicted", "lower", "upper")
        return mark.model_copy(update={row: getattr(here[0], row) for row in rows})
    if not here or here[0].statistic is Statistic.CIRCULAR:  # directions have no mean of means
        return mark
    sums = here[0].statistic in SUMS
    values = {
        "measured": together([each.measured for each in here], sums=sums),
        "predicted": together([each.predicted for each in here], sums=sums),
    }
    return mark.model_copy(update=values)


def together(rows: Sequence[Values], *, sums: bool) -> Values:
    """Return the mean, or the sum, of several series at each step."""
    found: list[float | None] = []
    for column in zip(*rows, strict=True):
        there = [value for value in column if value is not None]
        total = math.fsum(there)
        found.append((total if sums else total / len(there)) if there else None)
    return tuple(found)
