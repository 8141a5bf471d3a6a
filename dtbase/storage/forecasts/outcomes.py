"""Storing runs that happened elsewhere, with what they predict."""

from collections.abc import Sequence

from sqlalchemy import func, insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.outcomes import RULES, NewOutcome, NewOutput
from dtbase.domain.forecasts.runs import Run, RunStatus
from dtbase.domain.numbers import without_dust
from dtbase.domain.registry.measures import Datatype, MeasureKey
from dtbase.domain.registry.series import SeriesKey
from dtbase.errors import DTBaseError, Invalid, NotFound, Violation
from dtbase.storage import tables
from dtbase.storage.forecasts import models, runs
from dtbase.storage.registry import measures, series
from dtbase.storage.tables.hypertables import PREDICTION


def add_once(session: Session, new: NewOutcome, origin: str) -> Run | None:
    """Insert a run unless one of that origin is there; answer None then."""
    if session.scalar(select(tables.Run.id).where(tables.Run.origin == origin)) is not None:
        return None
    try:
        with session.begin_nested():
            return add(session, new, origin)
    except IntegrityError as error:
        if "uq_run_origin" in str(error.orig):
            return None
        raise


def add(session: Session, new: NewOutcome, origin: str | None = None) -> Run:
    """Insert a succeeded run with its predictions, all or nothing."""
    row = tables.Run(
        scenario_id=scenario_of(session, new),
        target_id=None if new.target is None else series_id(session, new.target, "target"),
        parameters=new.parameters,
        status=RunStatus.SUCCEEDED,
        issued_at=new.issued_at or session.scalar(select(func.clock_timestamp())),
        ended_at=func.clock_timestamp(),
        origin=origin,
    )
    session.add(row)
    session.flush()
    found = [add_output(session, row, *each) for each in enumerate(new.outputs)]
    refused = [violation for violation in found if violation is not None]
    if refused:
        raise Invalid(f"{refused[0]['field']}: {refused[0]['rule']}", violations=refused)
    return runs.get(session, row.id)


def scenario_of(session: Session, new: NewOutcome) -> int:
    """Return the id of the scenario that a run names, or raise Invalid."""
    try:
        return models.scenario_id(session, new.model, new.scenario)
    except NotFound as error:
        raise Invalid(error.detail, field="model") from error


def series_id(session: Session, key: SeriesKey, field: str) -> int:
    """Return the id of a series, held so that it stays, or raise Invalid."""
    found = series.find(session, [(key.sensor, key.measure)], lock=True)
    if not found:
        raise Invalid(f"no series {key}", field=field)
    return found[key.sensor, key.measure].id


def add_output(
    session: Session, run: tables.Run, place: int, output: NewOutput
) -> Violation | None:
    """Insert what a run predicts of one measure, or return the rule that it breaks."""
    try:
        row = output_row(session, run, output)
    except DTBaseError as error:
        return Violation(field=f"outputs.{place}.measure", rule=error.detail, row=place)
    session.add(row)
    session.flush()
    session.execute(insert(PREDICTION), points_of(row.id, output))
    return None


def output_row(session: Session, run: tables.Run, output: NewOutput) -> tables.RunOutput:
    """Return the row under which the predictions of a measure are kept."""
    series_id_ = None
    key = MeasureKey(name=output.measure, unit=output.unit)
    if output.sensor is not None:
        name = SeriesKey(sensor=output.sensor, measure=output.measure)
        series_id_ = series_id(session, name, "measure")
        measure = session.get_one(
            tables.Measure, session.get_one(tables.Series, series_id_).measure_id
        )
    else:
        measure = measures.row_of(session, key)
    if not output.fits(Datatype(measure.datatype)):
        raise Invalid(f"values of {output.measure!r} {RULES[Datatype(measure.datatype)]}")
    levels = [interval.level for interval in output.intervals]
    return tables.RunOutput(
        run_id=run.id, measure_id=measure.id, series_id=series_id_, levels=levels
    )


def points_of(output_id: int, output: NewOutput) -> Sequence[dict[str, object]]:
    return [
        {
            "output_id": output_id,
            "time": time,
            "value": None if isinstance(value, str) else without_dust(float(value)),
            "text": value if isinstance(value, str) else None,
            "lower": [without_dust(interval.lower[place]) for interval in output.intervals],
            "upper": [without_dust(interval.upper[place]) for interval in output.intervals],
        }
        for place, (time, value) in enumerate(zip(output.times, output.values, strict=True))
    ]
