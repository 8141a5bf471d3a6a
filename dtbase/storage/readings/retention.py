"""Classes of measures by how long their raw readings are kept, and dropping what is older."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine, select, text, update
from sqlalchemy import delete as delete_rows
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dtbase.domain.readings.judging import SUSPICIOUS
from dtbase.domain.readings.retention import DEFAULT_CLASS, Retention, RetentionClass, Rules
from dtbase.domain.versions import WHATEVER, Expected
from dtbase.errors import Conflict, InUse, NotFound, Stale, Violation
from dtbase.storage import tables
from dtbase.storage.database import transaction
from dtbase.storage.people import audit
from dtbase.storage.readings.rollups import procedures

NOUN = "retention class"
LIST = text("""
SELECT r.class, r.keep_days,
       coalesce(array_agg(DISTINCT m.name) FILTER (WHERE m.id IS NOT NULL), '{}'), max(h.raw_from)
  FROM retention r
  LEFT JOIN measure m ON m.retention = r.class
  LEFT JOIN series s ON s.measure_id = m.id
  LEFT JOIN reading_horizon h ON h.series_id = s.id
 GROUP BY r.class ORDER BY r.class
""")
HORIZONS = text("SELECT series_id, raw_from FROM reading_horizon WHERE series_id = ANY (:ids)")
DROP_RAW = text("CALL reading_drop_raw(:name, :horizon)")
PENDING = text("""
SELECT EXISTS (SELECT FROM reading_pending p JOIN reading_horizon h USING (series_id)
                WHERE p.bucket < h.raw_from)
""")
"""Whether aggregates below a horizon still wait for readings that a purge would take."""

PURGE = text("CALL reading_purge()")
FORGET_IMPORTED = text("""
DELETE FROM import_part p WHERE NOT EXISTS (
  SELECT FROM unnest(p.series_ids) AS s (id)
    LEFT JOIN reading_horizon h ON h.series_id = s.id
   WHERE h.raw_from IS NULL OR h.raw_from <= p.latest)
""")
"""What imports stored and nothing is left of, so that nobody can undo it."""

COUNT_SUSPECT = text("""
INSERT INTO flag_count (series_id, day, flag, n)
SELECT r.series_id, (r.time AT TIME ZONE 'UTC')::date, 'suspect', count(*)
  FROM reading r JOIN series s ON s.id = r.series_id JOIN measure m ON m.id = s.measure_id
  LEFT JOIN reading_horizon h ON h.series_id = r.series_id
 WHERE r.mark IS NOT NULL AND r.mark & :suspicious <> 0 AND m.retention = :name
   AND r.time < time_bucket('1 day', least(CAST(:horizon AS timestamptz), now()))
   AND r.time >= coalesce(h.raw_from, '-infinity')
 GROUP BY 1, 2
ON CONFLICT (series_id, day, flag) DO UPDATE SET n = excluded.n
""")
"""Days are counted while they are whole, before they go; whoever repeats it finds the same."""

DROP_ASIDE = text("""
WITH gone AS (
  DELETE FROM reading_aside a
   WHERE CASE WHEN a.time IS NULL OR a.rule IN ('earliest', 'ahead') THEN a.received_at
              ELSE a.time END < :horizon
     AND :name = coalesce((SELECT m.retention FROM series s JOIN measure m ON m.id = s.measure_id
                            WHERE s.id = a.series_id), 'default')
  RETURNING a.series_id, a.time, a.rule)
INSERT INTO flag_count (series_id, day, flag, n)
SELECT series_id, (time AT TIME ZONE 'UTC')::date,
       CASE rule WHEN 'placeholders' THEN 'missing' ELSE 'fail' END, count(*)
  FROM gone WHERE series_id IS NOT NULL AND time IS NOT NULL GROUP BY 1, 2, 3
ON CONFLICT (series_id, day, flag) DO UPDATE SET n = flag_count.n + excluded.n
""")
"""What is set aside goes with the raw readings of its class; by its arrival where time is wrong."""

DROP_CORRECTED = text("""
DELETE FROM correction_reading c USING reading_horizon h
 WHERE h.series_id = c.series_id AND least(c.time, c.sent_time) < h.raw_from
""")
"""A correction can be undone as long as all of its readings are kept."""


def list(session: Session) -> Sequence[Retention]:
    return [
        Retention(name=name, keep_days=keep, measures=tuple(measures), raw_from=raw_from)
        for name, keep, measures, raw_from in session.execute(LIST)
    ]


def find(session: Session, name: str) -> Retention | None:
    """Return one class, if there is one of that name."""
    return next((each for each in list(session) if each.name == name), None)


def get(session: Session, name: str) -> Retention:
    """Return one class, or raise NotFound."""
    found = find(session, name)
    if found is None:
        raise NotFound(f"no retention class {name!r}", field="name")
    return found


def put(session: Session, name: str, rules: Rules, expected: Expected = WHATEVER) -> Retention:
    """Add a class or change it, and move measures to it."""
    before = lock(session, name)
    if before is not None:
        expected.check(before, f"retention class {name!r}")
    elif expected.versions is not None:
        raise Stale(f"there is no retention class {name!r} any more", field="If-Match")
    session.execute(
        insert(tables.Retention)
        .values(name=name, keep_days=rules.keep_days)
        .on_conflict_do_update(
            index_elements=[tables.Retention.name], set_={"keep_days": rules.keep_days}
        )
    )
    for measure in rules.measures:
        move(session, measure, name)
    after = get(session, name)
    if before is None:
        audit.created(session, NOUN, name, after)
    else:
        audit.changed(session, NOUN, name, before, after)
    return after


def lock(session: Session, name: str) -> Retention | None:
    """Return a class, if it is there, that nobody else can change before the end."""
    session.execute(select(tables.Retention).where(tables.Retention.name == name).with_for_update())
    return find(session, name)


def move(session: Session, measure: str, name: str) -> None:
    """Put a measure into a class; what has been dropped already stays dropped."""
    found = session.scalars(
        update(tables.Measure)
        .where(tables.Measure.name == measure)
        .values(retention=name)
        .returning(tables.Measure.id)
    ).all()
    if not found:
        raise NotFound(f"no measure {measure!r}", field="measures")


def set(session: Session, wanted: RetentionClass) -> None:
    """Add a class, or change how long it keeps raw readings."""
    put(session, wanted.name, Rules(keep_days=wanted.keep_days))


def assign(session: Session, measure: str, name: str) -> None:
    """Put a measure into a class that there is."""
    put(session, name, Rules(keep_days=get(session, name).keep_days, measures=(measure,)))


def delete(session: Session, name: str, expected: Expected = WHATEVER) -> None:
    """Remove a class that no measure is in; the default class stays."""
    before = lock(session, name)
    if before is None:
        raise NotFound(f"no retention class {name!r}", field="name")
    expected.check(before, f"retention class {name!r}")
    if name == DEFAULT_CLASS:
        raise Conflict("the class default stays: it holds what is in no other", field="name")
    if before.measures:
        held = Violation(
            field="measures",
            rule="must be moved to another class first",
            value=", ".join(before.measures),
        )
        raise InUse(f"retention class {name!r} has measures", violations=[held])
    session.execute(delete_rows(tables.Retention).where(tables.Retention.name == name))
    audit.deleted(session, NOUN, name, before)


def horizons(session: Session, series: Sequence[int]) -> Mapping[int, datetime]:
    """Return before which time the readings of these series have been dropped."""
    rows = session.execute(HORIZONS, {"ids": [*series]})
    return {row.series_id: row.raw_from for row in rows}


def passed(session: Session, asked: Sequence[tuple[int, datetime]]) -> datetime | None:
    """Return the latest horizon that a series is asked for readings before, from a time on."""
    found = horizons(session, [series for series, _ in asked])
    return max(
        (found[series] for series, start in asked if series in found and start < found[series]),
        default=None,
    )


def apply(engine: Engine, now: datetime) -> None:
    """Drop the raw readings that their classes no longer keep; it can be repeated."""
    with transaction(engine) as session:
        finite = session.execute(
            select(tables.Retention.name, tables.Retention.keep_days)
            .where(tables.Retention.keep_days.is_not(None))
            .order_by(tables.Retention.name)
        ).all()
    with procedures(engine) as connection:
        for name, keep_days in finite:
            horizon = now - timedelta(days=keep_days or 0)
            suspicious = {"suspicious": int(SUSPICIOUS)}
            connection.execute(COUNT_SUSPECT, {"name": name, "horizon": horizon} | suspicious)
            connection.execute(DROP_RAW, {"name": name, "horizon": horizon})
            connection.execute(DROP_ASIDE, {"name": name, "horizon": horizon})
        connection.execute(DROP_CORRECTED)
        if not connection.scalar(PENDING):  # a killed run left it, and the next one will purge
            connection.execute(PURGE)
        connection.execute(FORGET_IMPORTED)
