"""Storing measures."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dtbase.domain.measures import Datatype, Measure, Statistic
from dtbase.errors import Conflict
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
