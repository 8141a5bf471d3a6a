"""Storing what is set aside, and how many that are."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.domain.readings.asides import Aside
from dtbase.storage.database import driver_of
from dtbase.storage.readings.rows import iso

ADD = b"""
INSERT INTO reading_aside (series_id, sensor, measure, time, sent_time, raw, rule, why)
SELECT * FROM unnest(%(series_id)s::int[], %(sensor)s::text[], %(measure)s::text[],
  %(time)s::timestamptz[], %(sent_time)s::text[], %(raw)s::text[], %(rule)s::text[],
  %(why)s::text[])
 ORDER BY 1, 4, 5, 6, 2, 3
ON CONFLICT DO NOTHING
"""
"""Whoever repeats a batch brings nothing new; in one order, so that two writers never wait for
each other."""


COUNTS = text("""
SELECT coalesce(jsonb_object_agg(rule, n), '{}')
  FROM (SELECT rule, sum(n)::bigint AS n FROM aside_count GROUP BY rule) added WHERE n > 0
""")
ADD_UP = text("""
WITH gone AS (DELETE FROM aside_count RETURNING rule, n)
INSERT INTO aside_count SELECT rule, sum(n) FROM gone GROUP BY rule HAVING sum(n) <> 0
""")
LINES = text("SELECT count(*) FROM aside_count")
FEW = 20


def add(session: Session, asides: Sequence[Aside]) -> None:
    """Keep readings aside, each once however often it is sent."""
    if asides:
        driver_of(session).execute(ADD, columns_of(asides))


def columns_of(asides: Sequence[Aside]) -> dict[str, list[Any]]:
    """Return what is set aside as columns."""
    columns: dict[str, list[Any]] = {name: [] for name in ("time", "sent_time", "raw")}
    alike: dict[str, list[Any]] = {
        name: [] for name in ("series_id", "sensor", "measure", "rule", "why")
    }
    for aside in asides:
        count = len(aside)
        times = [None] * count if aside.times is None else iso(aside.times)
        columns["time"] += times
        columns["sent_time"] += aside.sent_times or [None] * count
        columns["raw"] += aside.raw
        for name in alike:
            alike[name] += [getattr(aside, name)] * count
    return columns | alike


def counts(session: Session) -> Mapping[str, int]:
    """Return how many readings are set aside by each rule, as counted while they came and went."""
    found: Mapping[str, int] = session.scalar(COUNTS) or {}
    return found


def add_up(session: Session) -> None:
    """Add up the many lines of each rule into one: the sum stays the same, and is cheap to read."""
    if (session.scalar(LINES) or 0) > FEW:
        session.execute(ADD_UP)
