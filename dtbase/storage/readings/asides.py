"""Storing what is set aside."""

from collections.abc import Sequence
from typing import Any

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
