"""Storing what runs predict."""

from sqlalchemy import delete, select
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.runs import Forecast
from dtbase.domain.numbers import without_dust
from dtbase.storage import tables
from dtbase.storage.tables.hypertables import PREDICTION


def write(session: Session, run_id: int, series_id: int, forecast: Forecast) -> int:
    """Replace what a run predicts for a series and return how many points that is."""
    output_id = ensure_output(session, run_id, series_id, forecast)
    session.execute(delete(PREDICTION).where(PREDICTION.c.output_id == output_id))
    lower = [interval.lower for interval in forecast.intervals]
    upper = [interval.upper for interval in forecast.intervals]
    points = [
        {
            "output_id": output_id,
            "time": time,
            "value": without_dust(value),
            "lower": [without_dust(bound[place]) for bound in lower],
            "upper": [without_dust(bound[place]) for bound in upper],
        }
        for place, (time, value) in enumerate(zip(forecast.times, forecast.values, strict=True))
    ]
    if points:
        session.execute(plain_insert(PREDICTION), points)
    return len(points)


def ensure_output(session: Session, run_id: int, series_id: int, forecast: Forecast) -> int:
    """Return the id under which a run's predictions of a series are kept."""
    levels = [interval.level for interval in forecast.intervals]
    measure = (
        select(tables.Series.measure_id).where(tables.Series.id == series_id).scalar_subquery()
    )
    output = insert(tables.RunOutput).values(
        run_id=run_id, measure_id=measure, series_id=series_id, levels=levels
    )
    return session.execute(
        output.on_conflict_do_update(
            constraint="uq_run_output_run_id_measure_id_series_id",
            set_={"levels": levels, "ends_at": None, "scored_at": None},
        ).returning(tables.RunOutput.id)
    ).scalar_one()
