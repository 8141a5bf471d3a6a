"""Putting together what a chart shows: one transaction, one range, one resolution."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from dtbase.domain.glance.chart import Chart, ChartLine, ChartQuery, LineName, Missing
from dtbase.domain.readings.queries import Bucketing
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.timeranges import EARLIEST, TimeRange
from dtbase.domain.values.formulas import Formula
from dtbase.errors import Invalid, NotFound
from dtbase.storage import values
from dtbase.storage.forecasts import newest
from dtbase.storage.glance.chart_beliefs import Believed, believe, believe_by_lead
from dtbase.storage.glance.chart_lines import HOUR, Lines
from dtbase.storage.glance.chart_readings import Measured, measure
from dtbase.storage.registry import series as series_storage

DEFAULT_LENGTH = timedelta(days=365)


def find(session: Session, wanted: ChartQuery, now: datetime) -> Chart:
    """Return what there is to draw; a line that cannot be shown stands among the missing."""
    lines = look_up(session, wanted.line)
    since = wanted.start or EARLIEST
    believed = believe(session, lines, since, now, beside=wanted.forecasts)
    window = window_of(session, lines, believed, wanted, now)
    measured = measure(session, lines, wanted, window, now)
    believe_by_lead(session, lines, believed, measured)
    how = measured.resolution
    ids = [series.id for series in lines.series]
    return Chart(
        start=window.start,
        end=window.end,
        bucket=str(how.bucket) if isinstance(how, Bucketing) else "raw",
        timezone=wanted.timezone,
        lines=tuple(put_together(session, lines, measured, believed)),
        missing=tuple(Missing(name=name, reason=why) for name, why in lines.missing.items()),
        pending=tuple(newest.pending(session, ids)),
    )


def look_up(session: Session, texts: Sequence[str]) -> Lines:
    """Find the series of the lines, and note what is wrong with the others."""
    names: list[LineName] = []
    missing: dict[str, str] = {}
    for text in dict.fromkeys(texts):
        try:
            names.append(LineName.parse(text))
        except Invalid as refusal:
            missing[text] = refusal.detail
    keys = {name.key for name in names if name.location is None and name.formula is None}
    found = series_storage.find(session, [(key.sensor, key.measure) for key in keys])
    known = {SeriesKey(sensor=sensor, measure=each): one for (sensor, each), one in found.items()}
    missing |= {
        str(name): f"there is no series {name.key}"
        for name in names
        if name.key in keys and name.key not in known
    }
    return Lines(tuple(name for name in names if str(name) not in missing), known, missing)


def window_of(
    session: Session, lines: Lines, believed: Believed, wanted: ChartQuery, now: datetime
) -> TimeRange:
    """Return the range that is seen."""
    start, end = wanted.start, wanted.end
    if start is None:
        first = values.first_of(session, [series.id for series in lines.series])
        start = full_hour(first) if first and first < end else end - DEFAULT_LENGTH
    if wanted.until_known:
        known = max([now, *believed.ends, *ends_of_formulas(session, lines)])
        end = min(end, full_hour(known + HOUR))
    return TimeRange.of(start, end)


def ends_of_formulas(session: Session, lines: Lines) -> Sequence[datetime]:
    """Return when the forecasts that formulas are about end; what is missing is told elsewhere."""
    ends = []
    for name in lines.formulas:
        with suppress(Invalid, NotFound):
            covered = values.believed_until(session, Formula.parse(name.key.measure).believed)
            ends += [] if covered is None else [covered.end]
    return ends


def full_hour(time: datetime) -> datetime:
    return time.replace(minute=0, second=0, microsecond=0)


def put_together(
    session: Session, lines: Lines, measured: Measured, believed: Believed
) -> Sequence[ChartLine]:
    ids = [series.id for series in lines.series]
    placed = {**series_storage.placed_of(session, ids), **measured.placed}
    latest = values.latest_of(session, ids)
    found = []
    for name in lines.names:
        if str(name) in lines.missing:
            continue
        run, predictions = believed.of(name)
        line = ChartLine(
            name=str(name),
            series=placed[name.key],
            latest=latest.get(name.key),
            values=None if name.belief else measured.values.get(name.key),
            earlier=None if name.belief else measured.earlier.get(name.key),
            run=run,
            predictions=predictions,
        )
        found.append(line)
    return found
