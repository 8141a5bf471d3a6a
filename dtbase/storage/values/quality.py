"""Completeness, flags and silences of series, from the hours that are stored of them."""

from collections.abc import Mapping, Sequence
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
from dtbase.domain.values.queries import OfSeries, ValuesQuery
from dtbase.errors import Invalid
from dtbase.storage.registry import series
from dtbase.storage.registry.series import Resolved
from dtbase.storage.values import plans, reads
from dtbase.storage.values.firsts import first_of

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
LAST_OF = text("""
SELECT max(time) FROM reading WHERE series_id = :id AND time >= :hour
   AND time < CAST(:hour AS timestamptz) + interval '1 hour'
""")
FIRST_OF = text("""
SELECT min(time) FROM reading WHERE series_id = :id AND time >= :hour
   AND time < CAST(:hour AS timestamptz) + interval '1 hour'
""")


class Asked(NamedTuple):
    """A series and a range of it, as statements take them."""

    series: Resolved
    span: TimeRange

    @property
    def parameters(self) -> dict[str, Any]:
        return {"id": self.series.id, "start": self.span.start, "end": self.span.end}


def quality_of(session: Session, wanted: QualityQuery, now: datetime) -> Sequence[SeriesQuality]:
    """Tell of series month by month how complete and how good they are."""
    span = TimeRange.asked(wanted.start, wanted.end, now, USUALLY)
    if span.end - span.start > LONGEST:
        raise Invalid("is more than ten years after start", field="end")
    keys = [SeriesKey.parse(name) for name in dict.fromkeys(wanted.series)]
    return [of_series(session, Asked(one, span), now) for one in series.resolve(session, keys)]


def of_series(session: Session, asked: Asked, now: datetime) -> SeriesQuality:
    """Tell of one series."""
    one, span = asked
    named = SeriesQuality(sensor=one.sensor, measure=one.measure)
    hours, counts = hours_of(session, asked)
    first, end = first_of(session, [one.id]), min(span.end, now)
    start = span.start if first is None else max(span.start, first)
    if first is None or start >= end:
        return named
    usual = quality.rhythm_of(hours, counts) if len(hours) else Rhythm(1, 1)
    known = flags_of(session, asked)
    months = [
        of_month(session, one, month, within, hours, counts, usual, known.get(month, {}))
        for month, within in quality.months_of(TimeRange(start=start, end=end))
    ]
    cadence = usual.cadence if len(hours) else None
    return named.model_copy(update={"cadence": cadence, "months": tuple(months)})


def hours_of(session: Session, asked: Asked) -> tuple[Hours, Counts]:
    """Return the hours that have readings, and how many each."""
    one, span = asked
    if one.datatype is Datatype.STRING or one.statistic is Statistic.STATE:
        rows = session.execute(TEXTS, asked.parameters).all()
        times = [row[0].astimezone(UTC).replace(tzinfo=None) for row in rows]
        return np.array(times, "datetime64[h]"), np.array([row[1] for row in rows], np.int64)
    query = ValuesQuery(OfSeries((one.key,)), span.start, span.end, HOURLY, span.end)
    (columns,) = reads.read(session, plans.plan(session, query))
    counts = np.nan_to_num(columns.values[Aggregate.COUNT.value]).astype(np.int64)
    there = counts > 0
    return columns.times[there].astype("datetime64[h]"), counts[there]


def flags_of(session: Session, asked: Asked) -> Mapping[date, dict[QualityFlag, int]]:
    """Count by month what is or was suspect, and what is or was set aside."""
    found: dict[date, dict[QualityFlag, int]] = {}
    suspicious = {"suspicious": int(SUSPICIOUS)}
    for month, count in session.execute(SUSPECT, asked.parameters | suspicious):
        found.setdefault(month.astimezone(UTC).date(), {})[QualityFlag.SUSPECT] = count
    for month, nothing, count in session.execute(ASIDE, asked.parameters):
        flag = QualityFlag.MISSING if nothing else QualityFlag.FAIL
        found.setdefault(month.astimezone(UTC).date(), {})[flag] = count
    for month, flag, count in session.execute(DROPPED, asked.parameters):
        counts = found.setdefault(month, {})
        counts[QualityFlag(flag)] = counts.get(QualityFlag(flag), 0) + count
    return found


def of_month(  # noqa: PLR0913, PLR0917 - a month, and what is known of its series
    session: Session,
    one: Resolved,
    month: date,
    within: TimeRange,
    hours: Hours,
    counts: Counts,
    usual: Rhythm,
    known: Mapping[QualityFlag, int],
) -> MonthQuality:
    """Tell of one month."""
    own = counts[hours.astype("datetime64[M]") == np.datetime64(month, "M")]
    readings, expected = int(own.sum()), quality.expected_in(within, usual)
    plain = QualityFlag.GOOD if one.judge.evaluates else QualityFlag.NOT_EVALUATED
    flags = {plain: readings - known.get(QualityFlag.SUSPECT, 0), **known}
    longest = quality.longest_in(hours, within, usual)
    return MonthQuality(
        month=month,
        readings=readings,
        expected=expected,
        completeness=round(quality.completeness_of(own, expected, usual), 4),
        flags={flag: flags[flag] for flag in QualityFlag if flags.get(flag)},
        longest_silence=None if longest is None else silence_of(session, one, longest),
    )


def silence_of(session: Session, one: Resolved, between: Between) -> Silence:
    """Return a silence by its readings, or by whole hours where these are dropped."""
    last, following = aware(between.last), aware(between.next)
    before = session.scalar(LAST_OF, {"id": one.id, "hour": last}) or last + HOUR
    after = session.scalar(FIRST_OF, {"id": one.id, "hour": following}) or following
    return Silence(start=before, end=after, seconds=(after - before).total_seconds())
