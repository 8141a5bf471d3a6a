"""Writing the small batches of several requests in one statement and one commit."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np
from psycopg.sql import SQL
from sqlalchemy.orm import Session

from dtbase.domain.readings.asides import by_rule
from dtbase.domain.readings.batches import Batch
from dtbase.domain.readings.readings import IngestCounts
from dtbase.errors import DTBaseError
from dtbase.storage import still_so
from dtbase.storage.database import driver_of
from dtbase.storage.line import Row
from dtbase.storage.readings import asides, stands, turns
from dtbase.storage.readings.looking import mark_around
from dtbase.storage.readings.readings import names_of
from dtbase.storage.readings.rows import (
    ARRAYS,
    ONE,
    Distinct,
    Rows,
    arrays,
    distinct,
    micros,
    rows_of,
)
from dtbase.storage.readings.sifting import Sifted, sift
from dtbase.storage.readings.stands import Stands
from dtbase.storage.registry import series
from dtbase.storage.registry.series import Resolved
from dtbase.storage.still_so import Parameters, Recalled, array

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
MOST_ROWS = 1_000
"""What a statement takes in as arrays; larger batches are staged, each by itself."""

REPLACING = SQL("""
INSERT INTO reading (series_id, time, value, whole, text, mark)
SELECT series_id, time, value, whole, text, mark FROM {rows} ORDER BY series_id, time
ON CONFLICT (series_id, time) DO UPDATE
  SET value = excluded.value, whole = excluded.whole, text = excluded.text,
      mark = excluded.mark
WHERE (reading.value, reading.whole, reading.text)
  IS DISTINCT FROM (excluded.value, excluded.whole, excluded.text)
RETURNING series_id, (extract(epoch FROM time) * 1000000)::bigint, xmax = 0
""")
REPLACE, REPLACE_ONE = (REPLACING.format(rows=rows).as_bytes() for rows in (ARRAYS, ONE))

RECALLED_ROWS = SQL("""(
SELECT series_id, time, value, NULL::int8 AS whole, NULL::text AS text, NULL::int2 AS mark
  FROM unnest(%(ids)s::int[], %(times)s::timestamptz[], %(values)s::float8[])
    AS sent (series_id, time, value)
 WHERE (SELECT sure FROM said)) AS incoming""")
REPLACE_RECALLED = b"""
WITH said (sure) AS (%b),
done (series_id, time, new) AS (%b)
SELECT NULL, NULL, NULL FROM said WHERE sure UNION ALL SELECT series_id, time, new FROM done
""" % (still_so.STAY, REPLACING.format(rows=RECALLED_ROWS).as_bytes())
"""Stores numbers where all is as it is remembered, and says in a row of its own that it is."""

SURE: Row = (None, None, None)

Key = tuple[int, int]
"""A series and a time in microseconds since 1970."""

Outcome = IngestCounts | DTBaseError | None
"""What became of a batch; None: it has to be written by itself."""


@dataclass(frozen=True)
class Member:
    """A batch that is written with others."""

    believed: int
    found: Distinct
    keys: frozenset[Key]
    sifted: Sifted

    def counts(self, written: Mapping[Key, bool]) -> IngestCounts:
        """Count what became of its readings; `written` tells which were new."""
        own = [written[key] for key in self.keys if key in written]
        inserted = sum(own)
        replaced = len(own) - inserted + len(self.found.differing)
        unchanged = self.believed - inserted - replaced
        return IngestCounts(
            received=self.believed + sum(map(len, self.sifted.asides)),
            inserted=inserted,
            replaced=replaced,
            unchanged=unchanged,
            kept=0,
            set_aside=by_rule(self.sifted.asides),
        )


class Single(NamedTuple):
    """A number of a series that is remembered, and its time in UTC."""

    series_id: int
    time: datetime
    value: float

    @property
    def key(self) -> Key:
        return self.series_id, (self.time - EPOCH) // MICROSECOND


def recalled_parameters(recalled: Recalled, singles: Collection[Single]) -> Parameters:
    """Return with what the statement is asked that stores numbers of what is remembered."""
    return {
        "ids": array(each.series_id for each in singles),
        "times": array(each.time.isoformat() for each in singles),
        "values": array(each.value for each in singles),
        **recalled.parameters(),
    }


def written_of(rows: Sequence[Row]) -> Mapping[Key, bool] | None:
    """Return of each reading that changed whether it is new.

    None: something was not as it is remembered, and nothing is stored.
    """
    if SURE not in rows:
        return None
    return {
        (int(series_id), int(time)): new == b"t"
        for series_id, time, new in rows
        if series_id is not None and time is not None
    }


Hear = Callable[[Iterable[Resolved]], None]


def nobody(_found: Iterable[Resolved]) -> None:
    """Remember nothing."""


def write(session: Session, batches: Sequence[Batch], remember: Hear = nobody) -> Sequence[Outcome]:
    """Store batches, each whole or not at all; the broken rules of one touch no other.

    Batches that bring the same reading as one before them are left to be written by themselves.
    """
    found = series.find(session, names_of(batches), lock=True, remember=True)
    remember(found.values())
    turns.take(session, found.values())
    stood = stands.before(session, found, batches)
    members: dict[int, Member] = {}
    outcomes: list[Outcome] = [None] * len(batches)
    taken: set[Key] = set()
    for place, batch in enumerate(batches):
        try:
            member = member_of(found, batch, stood)
        except DTBaseError as refusal:
            outcomes[place] = refusal
            continue
        if member is None:
            continue
        if len(taken) + len(member.keys) <= MOST_ROWS and taken.isdisjoint(member.keys):
            members[place] = member
            taken |= member.keys
    written = insert(session, [member.found.rows for member in members.values()])
    sifted = [member.sifted for member in members.values()]
    asides.add(session, [aside for each in sifted for aside in each.asides])
    mark_around(session, [checked for each in sifted for checked in each.checked])
    for place, member in members.items():
        outcomes[place] = member.counts(written)
    return outcomes


def member_of(
    found: Mapping[tuple[str, str], Resolved], batch: Batch, stood: Stands
) -> Member | None:
    """Sift a batch and sort its readings, or refuse it; None where corrections are in its way."""
    sifted = sift(found, batch)
    stands.check(sifted.checked, stood, batch.findings)
    if any(resolved.corrected for resolved, _, _ in sifted.checked):
        return None
    if not sifted.count:
        empty = Rows(np.empty(0, np.int32), np.empty(0, "datetime64[us]"), np.empty(0))
        return Member(0, Distinct(empty, 0, empty), frozenset(), sifted)
    own = distinct(rows_of(sifted.checked), last=True)
    times = micros(own.rows.time)
    keys = frozenset(zip(own.rows.series_id.tolist(), times.tolist(), strict=True))
    return Member(sifted.count, own, keys, sifted)


def insert(session: Session, parts: Sequence[Rows]) -> Mapping[Key, bool]:
    """Write rows, and tell of each that changed whether it is new."""
    columns: dict[str, list[object]] = {}
    for part in parts:
        for name, values in arrays(part).items():
            columns.setdefault(name, []).extend(values)
    if not columns:
        return {}
    if len(columns["time"]) == 1:
        row = {name: value for name, (value,) in columns.items()}
        rows = driver_of(session).execute(REPLACE_ONE, row)
    else:
        rows = driver_of(session).execute(REPLACE, columns)
    return {(series_id, time): new for series_id, time, new in rows}
