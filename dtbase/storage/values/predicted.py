"""Finding predictions, so that they are read by the same statements as readings.

An output of a run is named as the series that it predicts; one that belongs to no sensor has the
bare name of its measure.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.selections import OfModel, OfRun, Selection
from dtbase.domain.readings.buckets import INSTANT
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.registry.statistics import predicted_as
from dtbase.domain.timeranges import TimeRange, check_bounds
from dtbase.errors import NotFound
from dtbase.storage.forecasts import models, runs
from dtbase.storage.registry import placed_series
from dtbase.storage.registry import series as series_storage
from dtbase.storage.registry.series import Resolved
from dtbase.storage.values.sources import Found, NewestByLead, Outputs, Source

OUTPUT = """
SELECT o.id, coalesce(sensor.identifier, ''), measure.name, measure.unit, measure.datatype,
       measure.statistic, o.levels, run.id, model.name, scenario.name, run.issued_at
"""
NAMES = """
  JOIN scenario ON scenario.id = run.scenario_id
  JOIN model ON model.id = scenario.model_id
"""
RUN_SQL = """{output}
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
LATEST_SQL = """{output} {wanted}
 CROSS JOIN LATERAL (
  SELECT o.id AS output_id, run.id AS run_id
    FROM run JOIN run_output o ON o.run_id = run.id AND o.measure_id = measure.id
   WHERE run.scenario_id = :scenario AND run.status = 'succeeded' AND {belongs}
     AND run.issued_at <= coalesce(CAST(:as_of AS timestamptz), 'infinity')
   ORDER BY run.issued_at DESC, run.id DESC LIMIT 1) latest
  JOIN run ON run.id = latest.run_id {names}
  JOIN run_output o ON o.id = latest.output_id
"""
WHATEVER_SQL = """
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
OF_RUN, OF_LATEST, WHATEVER = (
    text(template.format(**PIECES)) for template in (RUN_SQL, LATEST_SQL, WHATEVER_SQL)
)

COVERED = text("""
SELECT min(time), max(time) FROM prediction WHERE output_id = ANY (CAST(:ids AS bigint[]))
""")

Rows = Sequence[Row[*tuple[Any, ...]]]


def find(session: Session, selection: Selection, keys: Sequence[SeriesKey]) -> Found:
    """Return the predictions of these series; of one run all that there are if none is named.

    Those of a place are those of the sensor that stands there, under the name of the place.
    """
    meant = [meant_by(session, key) for key in keys]
    found = of_sensors(session, selection, meant)
    if meant == [*keys]:
        return found
    named = [key.sensor for key in keys]
    series = [one._replace(sensor=name) for one, name in zip(found.series, named, strict=True)]
    labels = [
        each.model_copy(update={"sensor": name})
        for each, name in zip(found.labels, named, strict=True)
    ]
    return Found(found.source, series, labels)


def meant_by(session: Session, key: SeriesKey) -> SeriesKey:
    """Return the series of the sensor at a place, where a key names one."""
    if not key.sensor or series_storage.find(session, [(key.sensor, key.measure)]):
        return key
    placed = placed_series.at_place(session, key.sensor, key.measure)
    return placed_series.newest_of(placed).key if placed else key


def of_sensors(session: Session, selection: Selection, keys: Sequence[SeriesKey]) -> Found:
    """Return the predictions of the series of sensors."""
    if isinstance(selection, OfRun):
        return of_run(session, selection, keys)
    scenario = models.scenario_id(session, selection.model, selection.scenario)
    names = {
        "sensors": [key.sensor for key in keys],
        "measures": [key.measure for key in keys],
        "scenario": scenario,
    }
    if selection.lead is None:
        rows = session.execute(OF_LATEST, {**names, "as_of": selection.as_of}).all()
        rows = in_order(rows, keys, missing_of(selection))
        return found_in(rows, Outputs(levels_of(rows)))
    rows = in_order(session.execute(WHATEVER, names).all(), keys, "there is no series")
    return found_in(
        rows,
        NewestByLead(
            levels=levels_of(rows),
            scenario_id=scenario,
            lead=selection.lead,
            as_of=selection.as_of,
            keys=tuple(row[0] for row in rows),
        ),
    )


def of_run(session: Session, selection: OfRun, keys: Sequence[SeriesKey]) -> Found:
    """Return what one run predicts, or say why that is nothing."""
    rows: Rows = session.execute(OF_RUN, {"run": selection.run}).all()
    if not rows:
        status = runs.get(session, selection.run).status
        raise NotFound(f"run {selection.run} is {status} and has predicted nothing", field="run")
    if keys:
        rows = in_order(rows, keys, f"run {selection.run} has predicted nothing of")
    return found_in(rows, Outputs(levels_of(rows)))


def missing_of(selection: OfModel) -> str:
    """Say what it means that a series has no prediction."""
    known = f" issued by {selection.as_of.isoformat()}" if selection.as_of is not None else ""
    return (
        f"model {selection.model!r} with scenario {selection.scenario!r} has no succeeded run"
        f"{known} that predicts"
    )


def in_order(rows: Rows, keys: Sequence[SeriesKey], missing: str) -> Rows:
    """Return the rows of the wanted series in their order, or name those that are missing."""
    found = {(row[1], row[2]): row for row in reversed(rows)}
    lost = [str(key) for key in keys if (key.sensor, key.measure) not in found]
    if lost:
        raise NotFound(f"{missing} {', '.join(lost)}", field="series")
    return [found[key.sensor, key.measure] for key in keys]


def levels_of(rows: Rows) -> tuple[float, ...]:
    """Return the interval levels that any of the outputs has."""
    return tuple(sorted({level for row in rows for level in row[6]}))


def found_in(rows: Rows, source: Source) -> Found:
    series = []
    labels = []
    for id_, sensor, measure, unit, datatype, statistic, _, run, model, scenario, issued_at in rows:
        means = predicted_as(Statistic(statistic))
        one = Resolved(id_, sensor, measure, unit, Datatype(datatype), means)
        about = {"run": run, "model": model, "scenario": scenario, "issued_at": issued_at}
        series.append(one)
        labels.append(one.labels.model_copy(update=about))
    return Found(source, series, labels)


def covered(session: Session, found: Found) -> TimeRange | None:
    """Return the range that predictions cover, if there are any."""
    ids = [series.id for series in found.series]
    first, last = session.execute(COVERED, {"ids": ids}).one()
    return None if first is None else TimeRange.of(first, last + INSTANT)


def span_of(covered: TimeRange, start: datetime | None, end: datetime | None) -> TimeRange:
    """Return the range asked for; an end that is not given is where the predictions end."""
    check_bounds(start, end)
    end = end or max(covered.end, (start or covered.start) + INSTANT)
    return TimeRange.of(start or min(covered.start, end - INSTANT), end)
