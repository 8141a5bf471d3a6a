"""Where meters stood before the readings of a push: a jump by a unit's factor is asked about."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.domain.readings.batches import Batch, Segment
from dtbase.domain.readings.findings import Findings
from dtbase.domain.readings.fitting import Column
from dtbase.domain.readings.jumps import Stood, note_jumps
from dtbase.domain.registry.statistics import METERS
from dtbase.storage.registry.series import Resolved

STOOD = text("""
SELECT wanted.id, wanted.time, last.value, coalesce(counting.value, last.value)
  FROM unnest(CAST(:ids AS int[]), CAST(:times AS timestamptz[])) AS wanted (id, time)
 CROSS JOIN LATERAL (
  SELECT value FROM reading WHERE series_id = wanted.id AND reading.time < wanted.time
   ORDER BY reading.time DESC LIMIT 1) last
  LEFT JOIN LATERAL (
  SELECT value FROM reading WHERE series_id = wanted.id AND reading.time < wanted.time
     AND reading.time > wanted.time - interval '30 days' AND last.value = 0 AND value <> 0
   ORDER BY reading.time DESC LIMIT 1) counting ON true
""")

Key = tuple[int, datetime]
Stands = Mapping[Key, Stood]
"""By series and time, where a meter stood before it."""


def asked_about(found: Resolved | None, segment: Segment) -> bool:
    """Tell whether readings are those of a meter of whose unit the push says nothing."""
    return (
        found is not None
        and found.statistic in METERS
        and bool(found.unit)
        and segment.said.unit is None
        and len(segment) > 0
    )


def key_of(found: Resolved, segment: Segment) -> Key:
    earliest: datetime = segment.times.min().astype("datetime64[us]").astype(datetime)
    return found.id, earliest.replace(tzinfo=UTC)


def before(
    session: Session, found: Mapping[tuple[str, str], Resolved], batches: Iterable[Batch]
) -> Stands:
    """Return where the meters of some batches stood before their first readings."""
    keys = {
        key_of(one, segment)
        for batch in batches
        for segment in batch.segments
        if asked_about(one := found.get((segment.sensor, segment.measure)), segment)
        and one is not None
        and not np.isnat(segment.times).any()
    }
    if not keys:
        return {}
    ids, times = zip(*keys, strict=True)
    rows = session.execute(STOOD, {"ids": [*ids], "times": [*times]})
    return {
        (id_, time.astimezone(UTC)): Stood(last, counting)
        for id_, time, last, counting in rows
        if last is not None
    }


def check(
    checked: Sequence[tuple[Resolved, Segment, Column]], stands: Stands, findings: Findings
) -> None:
    """Refuse stands that look as if they were in another unit, unless the push says its unit."""
    for found, segment, column in checked:
        if asked_about(found, segment) and found.unit:
            note_jumps(segment, column, found.unit, stands.get(key_of(found, segment)), findings)
    findings.refuse()
