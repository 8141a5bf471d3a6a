"""Classes of measures by how long their raw readings are kept, and dropping what is older."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Engine, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dtbase.domain.retention import Retention, RetentionClass
from dtbase.errors import NotFound
from dtbase.storage import tables
from dtbase.storage.database import transaction
from dtbase.storage.rollups import procedures

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
PURGE = text("CALL reading_purge()")


def list(session: Session) -> Sequence[Retention]:
    """Return every class by name."""
    return [
        Retention(name=name, keep_days=keep, measures=tuple(measures), raw_from=raw_from)
        for name, keep, measures, raw_from in session.execute(LIST)
    ]


def get(session: Session, name: str) -> Retention:
    """Return one class, or raise NotFound."""
    found = next((each for each in list(session) if each.name == name), None)
    if found is None:
        raise NotFound(f"no retention class {name!r}", field="class")
    return found


def set(session: Session, wanted: RetentionClass) -> None:
    """Add a class, or change how long it keeps raw readings."""
    session.execute(
        insert(tables.Retention)
        .values(name=wanted.name, keep_days=wanted.keep_days)
        .on_conflict_do_update(
            index_elements=[tables.Retention.name], set_={"keep_days": wanted.keep_days}
        )
    )


def assign(session: Session, measure: str, name: str) -> None:
    """Put a measure into a class; what has been dropped already stays dropped."""
    if session.get(tables.Retention, name) is None:
        raise NotFound(f"no retention class {name!r}", field="class")
    found = session.scalars(
        update(tables.Measure)
        .where(tables.Measure.name == measure)
        .values(retention=name)
        .returning(tables.Measure.id)
    ).all()
    if not found:
        raise NotFound(f"no measure {measure!r}", field="measure")


def horizons(session: Session, series: Sequence[int]) -> Mapping[int, datetime]:
    """Return before which time the readings of these series have been dropped."""
    rows = session.execute(HORIZONS, {"ids": [*series]})
    return {row.series_id: row.raw_from for row in rows}


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
            connection.execute(DROP_RAW, {"name": name, "horizon": horizon})
        connection.execute(PURGE)
