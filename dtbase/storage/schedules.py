"""Storing schedules, and taking those that are due."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dtbase.domain.schedules import NewSchedule, Schedule
from dtbase.storage import tables


def to_domain(row: tables.Schedule) -> Schedule:
    """Return the schedule that a row holds."""
    return Schedule(
        id=row.id,
        name=row.name,
        job=row.job,
        parameters=row.parameters,
        every=row.every,
        enabled=row.enabled,
        next_at=row.next_at,
        last_at=row.last_at,
    )


def ensure(session: Session, schedule: NewSchedule) -> None:
    """Insert a schedule unless one of that name is there; what people changed stays."""
    session.execute(
        insert(tables.Schedule).values(**schedule.model_dump()).on_conflict_do_nothing()
    )


def list(session: Session) -> Sequence[Schedule]:
    """Return every schedule by name."""
    rows = session.scalars(select(tables.Schedule).order_by(tables.Schedule.name))
    return [to_domain(row) for row in rows]


def take_due(session: Session, now: datetime) -> Sequence[Schedule]:
    """Return the schedules that are due, as they were, and move each to its next tick.

    Rows that another scheduler is taking are skipped; a rollback gives all of them back.
    """
    rows = session.scalars(
        select(tables.Schedule)
        .where(tables.Schedule.enabled, tables.Schedule.next_at <= now)
        .order_by(tables.Schedule.next_at)
        .with_for_update(skip_locked=True)
    ).all()
    due = [to_domain(row) for row in rows]
    for row, schedule in zip(rows, due, strict=True):
        row.last_at, row.next_at = now, schedule.following(now)
    session.flush()
    return due
