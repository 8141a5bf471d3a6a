"""From which relations values are read, in SQL: those of readings, stays and predictions."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from psycopg.sql import SQL, Composable, Identifier

from dtbase.storage.values.sources import (
    DuringStays,
    GoodReadings,
    NewestByLead,
    Outputs,
    Readings,
    Source,
)

Parameters = dict[str, Any]
"""What psycopg puts in the places of a statement, by their names in it."""

KEPT = 512
"""Statements that are kept; there are some dozens in practice."""


class Relation(NamedTuple):
    """A relation of times and values, and the column that tells its series apart."""

    relation: SQL
    key: Identifier
    key_type: SQL

    @property
    def pieces(self) -> dict[str, Composable]:
        return dict(self._asdict())


SERIES_ID = Identifier("series_id")
DURING_STAYS = SQL("""(
  SELECT stay.key AS series_id, reading.time, reading.value, reading.whole, reading.text
    FROM unnest(%(stay_keys)s::int[], %(stay_series)s::int[],
                %(stay_starts)s::timestamptz[], %(stay_ends)s::timestamptz[])
      AS stay (key, series_id, start, until)
    JOIN reading ON reading.series_id = stay.series_id
     AND reading.time >= stay.start AND reading.time < stay.until)""")
GOOD_READINGS = SQL("(SELECT * FROM reading WHERE coalesce(mark, 0) & 31 = 0)")
"""31 is `judging.SUSPICIOUS`."""

OUTPUTS = SQL("""(
  SELECT p.output_id, p.time, p.value, p.text, p.lower, p.upper, o.levels
    FROM prediction p JOIN run_output o ON o.id = p.output_id)""")
NEWEST_BY_LEAD = SQL("""(
  SELECT DISTINCT ON (coalesce(o.series_id, -o.measure_id), p.time)
         coalesce(o.series_id, -o.measure_id) AS series_id,
         p.time, p.value, p.text, p.lower, p.upper, o.levels
    FROM run JOIN run_output o ON o.run_id = run.id JOIN prediction p ON p.output_id = o.id
   WHERE run.scenario_id = %(scenario)s AND run.status = 'succeeded'
     AND run.issued_at <= coalesce(%(as_of)s::timestamptz, 'infinity')
     AND run.issued_at <= p.time - %(lead)s::interval
     AND (o.series_id = ANY (%(predicted)s::int[])
          OR o.series_id IS NULL AND -o.measure_id = ANY (%(predicted)s::int[]))
   ORDER BY 1, p.time, run.issued_at DESC, run.id DESC)""")

RELATIONS: dict[type[Source], Relation] = {
    Readings: Relation(SQL("reading"), SERIES_ID, SQL("int")),
    GoodReadings: Relation(GOOD_READINGS, SERIES_ID, SQL("int")),
    DuringStays: Relation(DURING_STAYS, SERIES_ID, SQL("int")),
    Outputs: Relation(OUTPUTS, Identifier("output_id"), SQL("bigint")),
    NewestByLead: Relation(NEWEST_BY_LEAD, SERIES_ID, SQL("int")),
}


def parameters_of(source: Source) -> Parameters:
    """Return the parameters that a source's relation takes."""
    match source:
        case DuringStays(stays):
            return {
                "stay_keys": [stay.key for stay in stays],
                "stay_series": [stay.series_id for stay in stays],
                "stay_starts": [stay.span.start for stay in stays],
                "stay_ends": [stay.span.end for stay in stays],
            }
        case NewestByLead():
            return {
                "scenario": source.scenario_id,
                "as_of": source.as_of,
                "lead": source.lead,
                "predicted": list(source.keys),
            }
        case _:
            return {}


def arrays_of(columns: tuple[str, ...]) -> Composable:
    return comma([SQL("array_agg({})").format(Identifier(column)) for column in columns])


def comma(pieces: Sequence[Composable]) -> Composable:
    return SQL(", ").join(pieces)
