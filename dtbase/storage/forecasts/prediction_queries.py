"""Finding predictions, so that they are read by the same queries as readings.

An output of a run is named as the series that it predicts; one that belongs to no sensor has the
bare name of its measure.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from numpy.typing import NDArray
from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.runs import Run
from dtbase.domain.forecasts.selections import OfModel, OfRun, Selection
from dtbase.domain.readings.columns import Columns, even_step
from dtbase.domain.readings.readings import SeriesValues
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.domain.registry.series import Labels, SeriesKey, Value
from dtbase.domain.timeranges import EARLIEST, LATEST, TimeRange, check_bounds
from dtbase.errors import NotFound
from dtbase.storage.forecasts import models, runs
from dtbase.storage.readings import reading_queries
from dtbase.storage.readings.reading_sql import Source
from dtbase.storage.registry.series import Resolved

OF_OUTPUTS = """(
  SELECT p.output_id, p.time, p.value, p.text, p.lower, p.upper, o.levels
    FROM prediction p JOIN run_output o ON o.id = p.output_id)"""

BY_LEAD = """(
  SELECT DISTINCT ON (coalesce(o.series_id, -o.measure_id), p.time)
         coalesce(o.series_id, -o.measure_id) AS series_id,
         p.time, p.value, p.text, p.lower, p.upper, o.levels
    FROM run JOIN run_output o ON o.run_id = run.id JOIN prediction p ON p.output_id = o.id
   WHERE run.scenario_id = %(scenario)s AND run.status = 'succeeded'
     AND run.issued_at <= coalesce(%(as_of)s::timestamptz, 'infinity')
     AND run.issued_at <= p.time - %(lead)s::interval
     AND (o.series_id = ANY (%(predicted)s::int[])
          OR o.series_id IS NULL AND -o.measure_id = ANY (%(predicted)s::int[]))
   ORDER BY 1, p.time, run.issued_at DESC, run.id DESC)"""

OUTPUT = """
SELECT o.id, coalesce(sensor.identifier, ''), measure.name, measure.unit, measure.datatype,
       measure.statistic, o.levels, run.id, model.name, scenario.name, run.issued_at
"""
NAMES = """
  JOIN scenario ON scenario.id = run.scenario_id
  JOIN model ON model.id = scenario.model_id
"""
OF_RUN = """{output}
  FROM run_output o
  JOIN run ON run.id = o.run_id {names}
  JOIN measure ON measure.id = o.measure_id
  LEFT JOIN series ON series.id = o.series_id
  LEFT JOIN sensor ON sensor.id = series.sensor_id
 WHERE o.run_id = :run ORDER BY o.id
"""
WANTED = """
  FROM unnest(CAST(:sensors AS text[]), CAST(:measures AS text[])) AS wanted (sensor, measure)
  JOIN measure ON measure.name = wanted.measure
  LEFT JOIN sensor ON sensor.identifier = wanted.sensor
  LEFT JOIN series ON series.sensor_id = sensor.id AND series.measure_id = measure.id
"""
BELONGS = "(o.series_id = series.id OR (wanted.sensor = '' AND o.series_id IS NULL))"
OF_LATEST = """{output} {wanted}
 CROSS JOIN LATERAL (
  SELECT o.id AS output_id, run.id AS run_id
    FROM run JOIN run_output o ON o.run_id = run.id AND o.measure_id = measure.id
   WHERE run.scenario_id = :scenario AND run.status = 'succeeded' AND {belongs}
     AND run.issued_at <= coalesce(CAST(:as_of AS timestamptz), 'infinity')
   ORDER BY run.issued_at DESC, run.id DESC LIMIT 1) latest
  JOIN run ON run.id = latest.run_id {names}
  JOIN run_output o ON o.id = latest.output_id
"""
PREDICTED = """
SELECT coalesce(series.id, -measure.id), wanted.sensor, measure.name, measure.unit,
       measure.datatype, measure.statistic,
       (SELECT coalesce(array_agg(DISTINCT level), '{{}}')
          FROM run_output o JOIN run ON run.id = o.run_id AND run.scenario_id = :scenario
         CROSS JOIN LATERAL unnest(o.levels) AS level
         WHERE o.measure_id = measure.id AND {belongs}),
       CAST(NULL AS bigint), model.name, scenario.name, CAST(NULL AS timestamptz)
  {wanted}
  JOIN scenario ON scenario.id = :scenario
  JOIN model ON model.id = scenario.model_id
 WHERE series.id IS NOT NULL OR wanted.sensor = ''
"""
PIECES = {"output": OUTPUT, "names": NAMES, "wanted": WANTED, "belongs": BELONGS}

REACH = text("""
SELECT min(time), max(time) FROM prediction WHERE output_id = ANY (CAST(:ids AS bigint[]))
""")

ALWAYS = TimeRange.of(EARLIEST, LATEST)
INSTANT = timedelta(microseconds=1)


class Predicted(NamedTuple):
    """Predicted series, and where they are read from."""

    source: Source
    series: Sequence[Resolved]
    labels: Sequence[Labels]


def find(session: Session, selection: Selection, keys: Sequence[SeriesKey]) -> Predicted:
    """Return the predictions of these series; of one run all that there are if none is named."""
    if isinstance(selection, OfRun):
        return of_run(session, selection, keys)
    asked = {
        "sensors": [key.sensor for key in keys],
        "measures": [key.measure for key in keys],
        "scenario": models.scenario_id(session, selection.model, selection.scenario),
        "as_of": selection.as_of,
    }
    if selection.lead is not None:
        return by_lead(session, selection.lead, keys, asked)
    rows = in_order(
        session.execute(text(OF_LATEST.format(**PIECES)), asked).all(), keys, missing_of(selection)
    )
    return to_predicted(rows, Source(OF_OUTPUTS, "output_id", "bigint", levels=levels_of(rows)))


def of_run(session: Session, selection: OfRun, keys: Sequence[SeriesKey]) -> Predicted:
    """Return what one run predicts, or say why that is nothing."""
    rows = session.execute(text(OF_RUN.format(**PIECES)), {"run": selection.run}).all()
    if not rows:
        status = runs.get(session, selection.run).status
        raise NotFound(f"run {selection.run} is {status} and has predicted nothing", field="run")
    if keys:
        rows = in_order(rows, keys, f"run {selection.run} has predicted nothing of")
    return to_predicted(rows, Source(OF_OUTPUTS, "output_id", "bigint", levels=levels_of(rows)))


def by_lead(
    session: Session, lead: timedelta, keys: Sequence[SeriesKey], asked: dict[str, Any]
) -> Predicted:
    """Return what was predicted so long before each time."""
    rows = in_order(
        session.execute(text(PREDICTED.format(**PIECES)), asked).all(), keys, "there is no series"
    )
    known = {
        "scenario": asked["scenario"],
        "as_of": asked["as_of"],
        "lead": lead,
        "predicted": [row[0] for row in rows],
    }
    source = Source(BY_LEAD, "series_id", "int", levels=levels_of(rows), parameters=known)
    return to_predicted(rows, source)


def missing_of(selection: OfModel) -> str:
    """Say what it means that a series has no prediction."""
    known = f" issued by {selection.as_of.isoformat()}" if selection.as_of is not None else ""
    return (
        f"model {selection.model!r} with scenario {selection.scenario!r} has no succeeded run"
        f"{known} that predicts"
    )


def in_order(
    rows: Sequence[Row[*tuple[Any, ...]]], keys: Sequence[SeriesKey], missing: str
) -> list[Row[*tuple[Any, ...]]]:
    """Return the rows of the wanted series in their order, or name those that are missing."""
    found = {(row[1], row[2]): row for row in reversed(rows)}
    lost = [str(key) for key in keys if (key.sensor, key.measure) not in found]
    if lost:
        raise NotFound(f"{missing} {', '.join(lost)}", field="series")
    return [found[key.sensor, key.measure] for key in keys]


def levels_of(rows: Sequence[Row[*tuple[Any, ...]]]) -> tuple[float, ...]:
    """Return the interval levels that any of the outputs has."""
    return tuple(sorted({level for row in rows for level in row[6]}))


def to_predicted(rows: Sequence[Row[*tuple[Any, ...]]], source: Source) -> Predicted:
    """Return what rows describe."""
    series = []
    labels = []
    for id_, sensor, measure, unit, datatype, statistic, _, run, model, scenario, issued_at in rows:
        one = Resolved(id_, sensor, measure, unit, Datatype(datatype), Statistic(statistic))
        about = {"run": run, "model": model, "scenario": scenario, "issued_at": issued_at}
        series.append(one)
        labels.append(one.labels.model_copy(update=about))
    return Predicted(source, series, labels)


def reach(session: Session, predicted: Predicted) -> TimeRange | None:
    """Return the range that predictions cover, if there are any."""
    ids = [series.id for series in predicted.series]
    first, last = session.execute(REACH, {"ids": ids}).one()
    return None if first is None else TimeRange.of(first, last + INSTANT)


def span_of(covered: TimeRange, start: datetime | None, end: datetime | None) -> TimeRange:
    """Return the range asked for; an end that is not given is where the predictions end."""
    check_bounds(start, end)
    end = end or max(covered.end, (start or covered.start) + INSTANT)
    return TimeRange.of(start or min(covered.start, end - INSTANT), end)


def read(session: Session, run: Run) -> list[SeriesValues]:
    """Return what a run predicts, a column for the mean and two for each interval."""
    try:
        found = find(session, OfRun(run=run.id), [])
    except NotFound:
        return []
    columns = reading_queries.raw(session, found.series, ALWAYS, found.source).columns
    return [to_series(*pair) for pair in zip(found.labels, columns, strict=True) if len(pair[1])]


def to_series(labels: Labels, columns: Columns) -> SeriesValues:
    """Return the columns of one output."""
    times = [time.replace(tzinfo=UTC) for time in columns.times.astype(datetime)]
    step = even_step(columns.times)
    return SeriesValues(
        **labels.model_dump(),
        count=len(times),
        start=times[0] if step else None,
        step=step,
        times=None if step else times,
        values={name: plain(column) for name, column in columns.values.items()},
    )


def plain(column: NDArray[Any]) -> list[Value | None]:
    """Return a column as Python values; NaN is None."""
    return [None if value != value else value for value in column.tolist()]  # noqa: PLR0124
