"""Storing measures."""

from pydantic import ValidationError
from sqlalchemy import select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dtbase.domain.measures import Datatype, Measure, Statistic
from dtbase.errors import Conflict, Invalid, NotFound
from dtbase.storage import tables


def to_domain(row: tables.Measure) -> Measure:
    """Return the measure that a row holds."""
    return Measure(
        name=row.name,
        unit=row.unit,
        datatype=Datatype(row.datatype),
        statistic=Statistic(row.statistic),
    )


def ensure(session: Session, measure: Measure) -> int:
    """Return the id of a measure, adding it if it is new; another datatype is refused."""
    session.execute(insert(tables.Measure).values(**measure.model_dump()).on_conflict_do_nothing())
    row = session.scalars(
        select(tables.Measure).where(
            tables.Measure.name == measure.name,
            tables.Measure.unit.is_not_distinct_from(measure.unit),
        )
    ).one()
    if to_domain(row) != measure:
        raise Conflict(
            f"measure {measure.name!r} in {measure.unit} is already a {row.datatype}"
            f" with statistic {row.statistic}",
            field="measures",
        )
    return row.id


HOLD_WRITERS = text("LOCK TABLE ONLY reading IN SHARE ROW EXCLUSIVE MODE")
LOG_ALL_HOURS = text("""
INSERT INTO reading_pending (series_id, bucket)
SELECT DISTINCT r.series_id, time_bucket('1 hour', r.time)
  FROM reading r JOIN series s ON s.id = r.series_id
  LEFT JOIN reading_horizon h ON h.series_id = s.id
 WHERE s.measure_id = ANY (:ids) AND r.value IS NOT NULL
   AND r.time >= coalesce(h.raw_from, '-infinity')
""")


def set_statistic(session: Session, name: str, statistic: Statistic) -> None:
    """Change what the average of a measure means, in all its units.

    What a counter gained is stored for counters alone, so becoming one logs every hour anew.
    Writers wait until the end of the transaction: their hours must be logged here or by them,
    and be stored under the new statistic.
    """
    rows = session.scalars(select(tables.Measure).where(tables.Measure.name == name)).all()
    if not rows:
        raise NotFound(f"no measure {name!r}", field="measure")
    for row in rows:
        refuse_unfit(row, statistic)
    ids = [row.id for row in rows]
    session.execute(HOLD_WRITERS)
    session.execute(
        update(tables.Measure).where(tables.Measure.id.in_(ids)).values(statistic=statistic)
    )
    if statistic is Statistic.COUNTER:
        session.execute(LOG_ALL_HOURS, {"ids": ids})


def refuse_unfit(row: tables.Measure, statistic: Statistic) -> None:
    """Refuse a statistic that a measure's datatype or unit cannot carry."""
    try:
        Measure.model_validate(to_domain(row).model_dump() | {"statistic": statistic})
    except ValidationError as error:
        rule = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise Invalid(rule, field="statistic") from error
