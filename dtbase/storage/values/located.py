"""Readings by location, as at the time of reading: of each sensor only while it was there.

Where every sensor stayed for the whole range, its series are read as ever, from stored hours and
days too. Where one moved, readings are cut to its stays, and so come from raw ones.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from dtbase.domain.registry.measures import Statistic
from dtbase.domain.timeranges import TimeRange
from dtbase.domain.values.queries import MOST_SERIES, AtLocation
from dtbase.errors import Invalid
from dtbase.storage.registry import placed_series
from dtbase.storage.registry.series import Resolved
from dtbase.storage.values.sources import DuringStays, Found, Readings, SeriesStay, Source

COUNTER_RULE = (
    "is a counter, and what it gains cannot be told by location once its sensor has moved;"
    " ask for it by its series, or with bucket=raw"
)


def find(session: Session, asked: AtLocation, span: TimeRange) -> Found:
    """Find the series of the sensors that were at a location, or anywhere in it."""
    placed = placed_series.find(session, asked.location, asked.measures, span)
    if not asked.combined and all(stay.span == span for each in placed for stay in each.stays):
        return found_in(Readings(), [each.series for each in placed])
    series: dict[int, Resolved] = {}
    stays: list[SeriesStay] = []
    for each in placed:
        key = -each.measure_id if asked.combined else each.series.id
        series[key] = each.series._replace(id=key, sensor="") if asked.combined else each.series
        stays += [SeriesStay(key, each.series.id, stay.span) for stay in each.stays]
    return found_in(DuringStays(tuple(stays)), [*series.values()])


def found_in(source: Source, series: Sequence[Resolved]) -> Found:
    """Return what was found, or refuse when that is more than one answer holds."""
    if len(series) > MOST_SERIES:
        raise Invalid(
            f"{len(series)} series were there, and an answer has at most {MOST_SERIES};"
            " name some measures, or a smaller location",
            field="location",
        )
    return Found(source, series, [each.labels for each in series])


def refuse_counters(found: Found) -> None:
    """Refuse to put counters that moved into buckets, or several into one."""
    if isinstance(found.source, Readings):
        return
    for series in found.series:
        if series.statistic is Statistic.COUNTER:
            raise Invalid(f"{series.key} {COUNTER_RULE}", field="measure")
