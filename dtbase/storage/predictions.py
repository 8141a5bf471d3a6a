"""Storing what runs predict."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import ARRAY, BigInteger, DateTime, Double, Row, column, delete, select, table
from sqlalchemy import insert as plain_insert
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dtbase.domain.measures import Datatype, Statistic
from dtbase.domain.readings import SeriesValues
from dtbase.domain.runs import Forecast, Run
from dtbase.domain.series import Value
from dtbase.storage import tables

PREDICTION = table(
    "prediction",
    column("output_id", BigInteger),
    column("time", DateTime(timezone=True)),
    column("value", Double),
    column("lower", ARRAY(Double)),
    column("upper", ARRAY(Double)),
)


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
            "value": value,
            "lower": [bound[place] for bound in lower],
            "upper": [bound[place] for bound in upper],
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
            constraint="uq_run_output_run_id_measure_id_series_id", set_={"levels": levels}
        ).returning(tables.RunOutput.id)
    ).scalar_one()


def read(session: Session, run: Run) -> list[SeriesValues]:
    """Return what a run predicts, a column for the mean and two for each interval."""
    rows = session.execute(
        select(
            tables.RunOutput,
            tables.Measure,
            tables.Sensor.identifier,
            PREDICTION.c.time,
            PREDICTION.c.value,
            PREDICTION.c.lower,
            PREDICTION.c.upper,
        )
        .join(tables.Measure, tables.Measure.id == tables.RunOutput.measure_id)
        .outerjoin(tables.Series, tables.Series.id == tables.RunOutput.series_id)
        .outerjoin(tables.Sensor, tables.Sensor.id == tables.Series.sensor_id)
        .join(PREDICTION, PREDICTION.c.output_id == tables.RunOutput.id)
        .where(tables.RunOutput.run_id == run.id)
        .order_by(tables.RunOutput.id, PREDICTION.c.time)
    )
    outputs: dict[int, list[Row[*tuple[Any, ...]]]] = defaultdict(list)
    for row in rows:
        outputs[row[0].id].append(row)
    return [to_series(run, points) for points in outputs.values()]


def to_series(run: Run, points: Sequence[Row[*tuple[Any, ...]]]) -> SeriesValues:
    """Return the columns of one output from its points in order of time."""
    output, measure, sensor = points[0][0], points[0][1], points[0][2]
    times = [point.time for point in points]
    step = spacing(times)
    values: dict[str, list[Value | None]] = {"value": [point.value for point in points]}
    for place, level in enumerate(output.levels):
        values[f"lower_{level:g}"] = [point.lower[place] for point in points]
        values[f"upper_{level:g}"] = [point.upper[place] for point in points]
    return SeriesValues(
        sensor=sensor or "",
        measure=measure.name,
        unit=measure.unit,
        datatype=Datatype(measure.datatype),
        statistic=Statistic(measure.statistic),
        run=run.id,
        issued_at=run.issued_at,
        count=len(points),
        start=times[0] if step else None,
        step=step,
        times=None if step else times,
        values=values,
    )


def spacing(times: Sequence[datetime]) -> float | None:
    """Return the seconds between times if they are all as far apart, else None."""
    gaps = {later - earlier for earlier, later in pairwise(times)}
    return gaps.pop().total_seconds() if len(gaps) == 1 else None
