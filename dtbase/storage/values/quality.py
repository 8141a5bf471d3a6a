"""Completeness, flags and silences of series, from the hours that are stored of them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.domain.readings import quality
from dtbase.domain.readings.buckets import Bucket, aware
from dtbase.domain.readings.flags import QualityFlag
from dtbase.domain.readings.judging import SUSPICIOUS
from dtbase.domain.readings.quality import (
    HOUR,
    LONGEST,
    USUALLY,
    Between,
    Counts,
    Hours,
    MonthQuality,
    QualityQuery,
    Rhythm,
    SeriesQuality,
    Silence,
)
from dtbase.domain.readings.queries import Aggregate, Bucketing, Fill
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.timeranges import TimeRange
from dtbase.errors import Invalid
from dtbase.storage.registry.series import Resolved
from dtbase.storage.values import plans, reads
from dtbase.storage.values.firsts import first_of
from dtbase.storage.values.searched import Subject, subjects_of
from dtbase.storage.values.sources import Found, Readings

HOURLY = Bucketing(Bucket.parse("1h"), ZoneInfo("UTC"), (Aggregate.COUNT,), Fill.NONE)

TEXTS = text("""
SELECT date_trunc('hour', time, 'UTC'), count(*) FROM reading
 WHERE series_id = :id AND time >= :start AND time < :end GROUP BY 1 ORDER BY 1
""")
SUSPECT = text("""
SELECT date_trunc('month', time, 'UTC')::timestamptz, count(*) FROM reading
 WHERE series_id = :id AND time >= :start AND time < :end
   AND mark IS NOT NULL AND mark & :suspicious <> 0
   AND time >= coalesce((SELECT raw_from FROM reading_horizon WHERE series_id = :id), '-infinity')
 GROUP BY 1
""")
DROPPED = text("""
SELECT date_trunc('month', day)::date, flag, sum(n)::bigint
  FROM flag_count f LEFT JOIN reading_horizon h USING (series_id)
 WHERE series_id = :id AND day >= CAST(:start AS timestamptz) AT TIME ZONE 'UTC'
   AND day < CAST(:end AS timestamptz) AT TIME ZONE 'UTC'
   AND (flag <> 'suspect' OR day < h.raw_from AT TIME ZONE 'UTC')
 GROUP BY 1, 2
""")
"""Flags of what retention has dropped; suspect ones are counted a moment before they go."""

ASIDE = text("""
SELECT date_trunc('month', time, 'UTC')::timestamptz, rule = 'placeholders', count(*)
  FROM reading_aside WHERE series_id = :id AND time >= :start AND time < :end GROUP BY 1, 2
""")
ENDS_OF = text("""
SELECT min(time), max(time) FROM reading WHERE series_id = :id AND time >= :start AND time < :end
""")


Pair = tuple[datetime | None, datetime | None]


class Asked(NamedTuple):
    """A series, or a place's, and a range of it."""

    subject: Subject
    span: TimeRange

    @property
    def series(self) -> Resolved:
        return self.subject.series

    @property
    def parts(self) -> Sequence[dict[str, Any]]:
        """Return what of the range each sensor measured, as statements take it."""
        return parts_of(self.subject, self.span.start, self.span.end)


def parts_of(subject: Subject, start: datetime, end: datetime) -> list[dict[str, Any]]:
    """Return which sensors measured in a range, and from when to when."""
    found = [(id_, max(start, whole.start), min(end, whole.end)) for id_, whole in subject.stays]
    return [
        {"id": id_, "start": since, "end": until} for id_, since, until in found if since < until
    ]


def quality_of(session: Session, wanted: QualityQuery, now: datetime) -> Sequence[SeriesQuality]:
    """Tell of series month by month how complete and how good they are."""
    span = TimeRange.asked(wanted.start, wanted.end, now, USUALLY)
    if span.end - span.start > LONGEST:
        raise Invalid("is more than ten years after start", field="end")
    keys = [SeriesKey.parse(name) for name in dict.fromkeys(wanted.series)]
    return [of_series(session, Asked(each, span), now) for each in subjects_of(session, keys)]


def of_series(session: Session, asked: Asked, now: datetime) -> SeriesQuality:
    one, span = asked.series, asked.span
    named = SeriesQuality(sensor=one.sensor, measure=one.measure)
    hours, counts = hours_of(session, asked)
    first, end = begun(session, asked.subject), min(span.end, now)
    start = span.start if first is None else max(span.start, first)
    if first is None or start >= end:
        return named
    usual = quality.rhythm_of(hours, counts) if len(hours) else Rhythm(1, 1)
    known = flags_of(session, asked)
    months = [
        of_month(session, asked.subject, month, within, hours, counts, usual, known.get(month, {}))
        for month, within in quality.months_of(TimeRange(start=start, end=end))
    ]
    cadence = usual.cadence if len(hours) else None
    return named.model_copy(update={"cadence": cadence, "months": tuple(months)})


def begun(session: Session, subject: Subject) -> datetime | None:
    """Return when readings begin; of a place none are expected before a sensor stood there."""
    found = []
    for id_, whole in subject.stays:
        first = first_of(session, [id_])
        if first is not None and first < whole.end:
            found.append(max(first, whole.start))
    return min(found, default=None)


def hours_of(session: Session, asked: Asked) -> tuple[Hours, Counts]:
    """Return the hours that have readings, and how many each."""
    read = [hours_of_part(session, asked.series, part) for part in asked.parts]
    hours = np.concatenate([np.empty(0, "datetime64[h]"), *(hours for hours, _ in read)])
    counts = np.concatenate([np.empty(0, np.int64), *(counts for _, counts in read)])
    each, places = np.unique(hours, return_inverse=True)
    return each, np.bincount(places, counts, len(each)).astype(np.int64)


def hours_of_part(session: Session, one: Resolved, part: dict[str, Any]) -> tuple[Hours, Counts]:
    """Return the hours in which one sensor measured, and how often in each."""
    if one.datatype is Datatype.STRING or one.statistic is Statistic.STATE:
        rows = session.execute(TEXTS, part).all()
        times = [row[0].astimezone(UTC).replace(tzinfo=None) for row in rows]
        return np.array(times, "datetime64[h]"), np.array([row[1] for row in rows], np.int64)
    found = Found(Readings(), [one._replace(id=part["id"])], [one.labels])
    wanted = TimeRange(start=part["start"], end=part["end"])
    span = plans.within_reach(session, found, wanted, HOURLY)
    (columns,) = reads.read(session, plans.Plan(*found, span, HOURLY, span.end))
    counts = np.nan_to_num(columns.values[Aggregate.COUNT.value]).astype(np.int64)
    there = counts > 0
    return columns.times[there].astype("datetime64[h]"), counts[there]


def flags_of(session: Session, asked: Asked) -> Mapping[date, dict[QualityFlag, int]]:
    """Count by month what is or was suspect, and what is or was set aside."""
    found: dict[date, dict[QualityFlag, int]] = {}
    for part in asked.parts:
        for month, flag, count in flags_of_part(session, part):
            counts = found.setdefault(month, {})
            counts[flag] = counts.get(flag, 0) + count
    return found


def flags_of_part(
    session: Session, part: dict[str, Any]
) -> Iterator[tuple[date, QualityFlag, int]]:
    for month, count in session.execute(SUSPECT, {**part, "suspicious": int(SUSPICIOUS)}):
        yield month.astimezone(UTC).date(), QualityFlag.SUSPECT, count
    for month, nothing, count in session.execute(ASIDE, part):
        flag = QualityFlag.MISSING if nothing else QualityFlag.FAIL
        yield month.astimezone(UTC).date(), flag, count
    for month, flag, count in session.execute(DROPPED, part):
        yield month, QualityFlag(flag), count


def of_month(  # noqa: PLR0913, PLR0917 - a month, and what is known of its series
    session: Session,
    subject: Subject,
    month: date,
    within: TimeRange,
    hours: Hours,
    counts: Counts,
    usual: Rhythm,
    known: Mapping[QualityFlag, int],
) -> MonthQuality:
    own = counts[hours.astype("datetime64[M]") == np.datetime64(month, "M")]
    readings, expected = int(own.sum()), quality.expected_in(within, usual)
    plain = QualityFlag.GOOD if subject.series.judge.evaluates else QualityFlag.NOT_EVALUATED
    flags = {plain: readings - known.get(QualityFlag.SUSPECT, 0), **known}
    longest = quality.longest_in(hours, within, usual)
    return MonthQuality(
        month=month,
        readings=readings,
        expected=expected,
        completeness=round(quality.completeness_of(own, expected, usual), 4),
        flags={flag: flags[flag] for flag in QualityFlag if flags.get(flag)},
        longest_silence=None if longest is None else silence_of(session, subject, longest),
    )


def silence_of(session: Session, subject: Subject, between: Between) -> Silence:
    """Return a silence by its readings, or by whole hours where these are dropped."""
    last, following = aware(between.last), aware(between.next)
    _, ended = ends_of(session, subject, last)
    began, _ = ends_of(session, subject, following)
    before, after = ended or last + HOUR, began or following
    return Silence(start=before, end=after, seconds=(after - before).total_seconds())


def ends_of(session: Session, subject: Subject, hour: datetime) -> Pair:
    """Return the first and the last reading of an hour, None where they are dropped."""
    parts = parts_of(subject, hour, hour + HOUR)
    rows = [session.execute(ENDS_OF, part).one() for part in parts]
    times = [time for row in rows for time in row if time is not None]
    return min(times, default=None), max(times, default=None)
