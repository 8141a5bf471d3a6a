"""What is stored of series: whether there is anything, and removing all of it."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, delete, func, literal_column, or_, select
from sqlalchemy.orm import Session

from dtbase.storage import tables
from dtbase.storage.registry.dependents import InTheWay, those
from dtbase.storage.tables.hypertables import (
    ASIDE,
    CORRECTED,
    CORRECTION,
    HORIZON,
    PREDICTION,
    READING,
)


def dependents_of(session: Session, series: Select[int]) -> Sequence[InTheWay]:
    """Return what would be deleted with some series: readings, runs and notes."""
    return (
        those(session, "readings", with_readings(series)),
        those(session, "runs", runs_on(series).order_by(tables.Run.id)),
        notes_on(session, tables.Note.series_id.in_(series)),
    )


def notes_on(session: Session, things: ColumnElement[bool]) -> InTheWay:
    """Return the notes on some things, which would be deleted with them."""
    return those(session, "notes", select(tables.Note.id).where(things).order_by(tables.Note.id))


def with_readings(series: Select[int]) -> Select[str]:
    """Select the names of those series that have readings, or had before retention."""
    anything = or_(
        select(literal_column("1")).where(READING.c.series_id == tables.Series.id).exists(),
        select(literal_column("1")).where(HORIZON.c.series_id == tables.Series.id).exists(),
    )
    return (
        select(tables.Sensor.identifier + "/" + tables.Measure.name)
        .join(tables.Series, tables.Series.sensor_id == tables.Sensor.id)
        .join(tables.Measure, tables.Measure.id == tables.Series.measure_id)
        .where(tables.Series.id.in_(series), anything)
        .order_by(tables.Sensor.identifier, tables.Measure.name)
    )


def any_readings(session: Session, series: Select[int]) -> bool:
    return session.scalars(with_readings(series).limit(1)).first() is not None


def runs_on(series: Select[int]) -> Select[int]:
    """Select the runs that have one of the series as target, or predict it."""
    predicted = select(tables.RunOutput.run_id).where(tables.RunOutput.series_id.in_(series))
    return select(tables.Run.id).where(
        or_(tables.Run.target_id.in_(series), tables.Run.id.in_(predicted))
    )


def hold(session: Session, series: Select[int]) -> Sequence[int]:
    """Hold series until the transaction ends, in one order, and return their ids."""
    query = select(tables.Series.id).where(tables.Series.id.in_(series))
    return session.scalars(query.order_by(tables.Series.id).with_for_update()).all()


def forget(session: Session, series: Select[int]) -> None:
    """Remove series with their readings, aggregates and predictions, and the runs for them.

    The rows are held first: a writer under way ends before, a later one finds no series.
    """
    ids = hold(session, series)
    if not ids:
        return
    held = select(tables.Series.id).where(tables.Series.id.in_(ids))
    forget_runs(session, select(tables.Run.id).where(tables.Run.target_id.in_(held)))
    forget_outputs(session, select(tables.RunOutput.id).where(tables.RunOutput.series_id.in_(held)))
    session.execute(select(func.reading_forget(list(ids))))
    for kept in (ASIDE, CORRECTED, CORRECTION):
        session.execute(delete(kept).where(kept.c.series_id.in_(ids)))
    session.execute(delete(tables.Series).where(tables.Series.id.in_(ids)))


def forget_runs(session: Session, runs: Select[int]) -> None:
    """Remove runs with their predictions."""
    ids = session.scalars(runs).all()
    forget_outputs(session, select(tables.RunOutput.id).where(tables.RunOutput.run_id.in_(ids)))
    session.execute(delete(tables.Run).where(tables.Run.id.in_(ids)))


def forget_outputs(session: Session, outputs: Select[int]) -> None:
    """Remove outputs of runs with their predictions and scores."""
    ids = session.scalars(outputs).all()
    session.execute(delete(tables.Score).where(tables.Score.output_id.in_(ids)))
    session.execute(delete(PREDICTION).where(PREDICTION.c.output_id.in_(ids)))
    session.execute(delete(tables.RunOutput).where(tables.RunOutput.id.in_(ids)))
