"""Readings by location, as at the time of reading: of each sensor only while it was there.

Where every sensor stayed for the whole range, its series are read as ever, from stored hours and
days too. Where one moved, readings are cut to its stays, and so come from raw ones.
"""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.timeranges import TimeRange
from dtbase.domain.values.queries import MOST_SERIES, AtLocation
from dtbase.errors import Invalid, NotFound
from dtbase.storage.registry import placed_series
from dtbase.storage.registry.placed_series import EVER, Placed, at_place, newest_of
from dtbase.storage.registry.series import Resolved
from dtbase.storage.registry.series import find as find_series
from dtbase.storage.values.sources import DuringStays, Found, Readings, SeriesStay, Source


def find(session: Session, asked: AtLocation, span: TimeRange) -> Found:
    """Find the series of the sensors that were at a location, or anywhere in it."""
    placed = placed_series.find(session, asked.location, asked.measures, span)
    if not asked.combined and all(stay.span == span for each in placed for stay in each.stays):
        return few_of(Readings(), [each.series for each in placed])
    series: dict[int, Resolved] = {}
    stays: list[SeriesStay] = []
    for each in placed:
        key = -each.measure_id if asked.combined else each.series.id
        series[key] = each.series._replace(id=key, sensor="") if asked.combined else each.series
        stays += [SeriesStay(key, each.series.id, stay.span, stay.whole) for stay in each.stays]
    return few_of(DuringStays(tuple(stays)), [*series.values()])


def few_of(source: Source, series: Sequence[Resolved]) -> Found:
    """Return what was at a location, or refuse when that is more than one answer holds."""
    if len(series) > MOST_SERIES:
        raise Invalid(
            f"{len(series)} series were there, and an answer has at most {MOST_SERIES};"
            " name some measures, or a smaller location",
            field="location",
        )
    return found_in(source, series)


def found_in(source: Source, series: Sequence[Resolved]) -> Found:
    return Found(source, series, [each.labels for each in series])


def named(session: Session, keys: Sequence[SeriesKey], span: TimeRange) -> Found:
    """Find series by name, a place's in the same way as a sensor's: `location/measure`.

    A place's is that of all sensors while they were there, one after another or several at once.
    """
    pairs = [(key.sensor, key.measure) for key in keys]
    own = find_series(session, pairs)
    if all(pair in own for pair in pairs):
        return found_in(Readings(), [own[pair] for pair in pairs])
    placed = {pair: at_place(session, *pair) for pair in pairs if pair not in own}
    missing = [f"{place}/{measure}" for (place, measure), there in placed.items() if not there]
    if missing:
        raise NotFound(f"no series {', '.join(missing)}", field="series")
    series: list[Resolved] = []
    stays: list[SeriesStay] = []
    for place, pair in enumerate(pairs, start=1):
        if pair in own:
            series.append(own[pair])
            stays.append(SeriesStay(own[pair].id, own[pair].id, span, EVER))
            continue
        series.append(newest_of(placed[pair])._replace(id=-place, sensor=pair[0]))
        stays += stays_in(placed[pair], -place, span)
    return found_in(DuringStays(tuple(stays)), series)


def stays_in(placed: Sequence[Placed], key: int, span: TimeRange) -> list[SeriesStay]:
    return [
        SeriesStay(key, each.series.id, TimeRange.of(start, end), stay.whole)
        for each in placed
        for stay in each.stays
        if (start := max(stay.whole.start, span.start)) < (end := min(stay.whole.end, span.end))
    ]


def refuse_at_once(found: Found) -> None:
    """Refuse raw values of a place where several sensors were at once: whose would they be?"""
    if not isinstance(found.source, DuringStays):
        return
    for series in found.series:
        own = sorted(stay.span.start for stay in found.source.stays if stay.key == series.id)
        ends = sorted(stay.span.end for stay in found.source.stays if stay.key == series.id)
        if any(end > start for end, start in zip(ends, own[1:], strict=False)):
            rule = "was measured by several sensors at once; ask for buckets, or by location="
            raise Invalid(f"{series.key} {rule}", field="bucket")
