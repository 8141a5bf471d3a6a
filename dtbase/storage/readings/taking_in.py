"""What is set aside: listed, believed after all, or dropped for good."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from psycopg.sql import SQL
from sqlalchemy import BigInteger, Row, Select, any_, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from dtbase.domain.paging import Listed
from dtbase.domain.readings.batches import Segment, outside
from dtbase.domain.readings.buckets import aware, naive
from dtbase.domain.readings.fitting import fit
from dtbase.domain.readings.flags import QualityFlag
from dtbase.domain.readings.judging import Mark
from dtbase.domain.readings.set_aside import (
    MOST_AT_ONCE,
    Choice,
    Dropped,
    Rule,
    SetAside,
    SetAsideQuery,
    TakenIn,
)
from dtbase.domain.registry.measures import Datatype
from dtbase.storage import paging, tables
from dtbase.storage.database import driver_of
from dtbase.storage.readings import retention, stretches
from dtbase.storage.readings.rows import ARRAYS, arrays, micros, rows_of
from dtbase.storage.readings.sifting import Checked
from dtbase.storage.registry import series
from dtbase.storage.registry.series import Resolved
from dtbase.storage.tables.hypertables import ASIDE

NAMES = (
    select(tables.Series.id, tables.Sensor.identifier, tables.Measure.name)
    .join(tables.Sensor, tables.Sensor.id == tables.Series.sensor_id)
    .join(tables.Measure, tables.Measure.id == tables.Series.measure_id)
    .subquery("names")
)
KNOWN = (
    select(
        *(each for each in ASIDE.c if each.name not in {"sensor", "measure"}),
        func.coalesce(NAMES.c.identifier, ASIDE.c.sensor).label("sensor"),
        func.coalesce(NAMES.c.name, ASIDE.c.measure).label("measure"),
    )
    .outerjoin(NAMES, NAMES.c.id == ASIDE.c.series_id)
    .subquery("known")
)
"""What is set aside, under the names that its series have now: another may have taken the old."""

ORDER = paging.Order(columns={"id": KNOWN.c.id}, key=("id",))
COLUMNS = [KNOWN.c[name] for name in SetAside.model_fields if name != "flag"]


def page(session: Session, wanted: SetAsideQuery) -> Listed[SetAside]:
    asked = wanted.model_dump(include={"rule", "sensor", "measure", "start", "end"})
    query = chosen(select(*COLUMNS), Choice(**asked, all=True))
    return paging.page(session, query, wanted, ORDER, to_domain)


def to_domain(row: Row[*tuple[Any, ...]]) -> SetAside:
    stands_for_nothing = row.rule == Rule.PLACEHOLDERS
    return SetAside(
        **row._mapping,  # noqa: SLF001 - the columns by their names
        flag=QualityFlag.MISSING if stands_for_nothing else QualityFlag.FAIL,
    )


def chosen(query: Select[Any], choice: Choice) -> Select[Any]:
    """Keep what a choice means."""
    exactly = {
        KNOWN.c.rule: None if choice.rule is None else choice.rule.value,
        KNOWN.c.sensor: choice.sensor,
        KNOWN.c.measure: choice.measure,
    }
    query = query.where(*(column == name for column, name in exactly.items() if name is not None))
    if choice.ids is not None:
        query = query.where(KNOWN.c.id.in_(choice.ids))
    if choice.up_to is not None:
        query = query.where(KNOWN.c.id <= choice.up_to)
    if choice.start is not None:
        query = query.where(KNOWN.c.time >= choice.start)
    if choice.end is not None:
        query = query.where(KNOWN.c.time < choice.end)
    return query


Check = Callable[[Collection[str]], None]
"""Refuses sensors whose readings whoever asks may not touch."""


def drop(session: Session, choice: Choice, check: Check) -> Dropped:
    """Drop what is chosen for good."""
    gone = held(session, choice, MOST_AT_ONCE)
    check({one.sensor for one in gone})
    forget(session, [one.id for one in gone])
    more = len(gone) == MOST_AT_ONCE
    return Dropped(dropped=len(gone), left=left(session, choice) if more else 0)


def forget(session: Session, ids: Sequence[int]) -> None:
    """Take readings out of what is set aside."""
    driver_of(session).execute("DELETE FROM reading_aside WHERE id = ANY (%s)", (ids,))


def left(session: Session, choice: Choice) -> int:
    """Count what a choice still means."""
    return session.scalar(chosen(select(func.count()).select_from(KNOWN), choice)) or 0


class Waiting(NamedTuple):
    """A reading that is set aside, by what believing it takes."""

    id: int
    sensor: str
    measure: str
    time: Any
    raw: str


COLUMNS_OF_WAITING = [KNOWN.c[name] for name in Waiting._fields]
THESE = select(*COLUMNS_OF_WAITING).where(
    KNOWN.c.id == any_(bindparam("ids", type_=ARRAY(BigInteger)))
)


def held(session: Session, choice: Choice, most: int) -> Sequence[Waiting]:
    """Return what is chosen, which nobody else takes in or drops before the transaction ends."""
    wanted = chosen(select(KNOWN.c.id), choice).order_by(KNOWN.c.id).limit(most)
    query = select(ASIDE.c.id).where(ASIDE.c.id.in_(wanted)).order_by(ASIDE.c.id)
    ids = session.scalars(query.with_for_update()).all()
    return [Waiting(*row) for row in session.execute(THESE.order_by(KNOWN.c.id), {"ids": ids})]


def take_in(session: Session, choice: Choice, check: Check) -> TakenIn:
    """Believe what is chosen, whatever its rules say; they leave it alone from then on.

    Series are locked before what is set aside, as writers do. What is set aside of other series
    after the check is left alone.
    """
    names = {(row.sensor, row.measure) for row in session.execute(names_of(choice))}
    check({sensor for sensor, _ in names})
    series.find(session, sorted(names), lock=True)
    all_held = held(session, choice, MOST_AT_ONCE + 1)
    waiting = [one for one in all_held if (one.sensor, one.measure) in names]
    found = believe(session, waiting[:MOST_AT_ONCE], Mark.TAKEN_IN)
    if len(all_held) <= MOST_AT_ONCE:
        return found
    staying = found.unreadable + found.clashing + found.dropped
    return found.model_copy(update={"left": left(session, choice) - staying})


def names_of(choice: Choice) -> Select[tuple[str, str]]:
    """Select the series of which something is chosen."""
    return chosen(select(KNOWN.c.sensor, KNOWN.c.measure).distinct(), choice)


@dataclass
class Candidates:
    """Readings that their series can hold, with the ids of what was set aside, row by row."""

    checked: list[Checked] = field(default_factory=list)
    ids: list[NDArray[np.int64]] = field(default_factory=list)
    unreadable: int = 0
    dropped: int = 0

    def add(self, resolved: Resolved, ones: Sequence[Waiting], horizon: datetime | None) -> None:
        """Read what was set aside of one series."""
        timed = [one for one in ones if one.time is not None]
        kept = [one for one in timed if horizon is None or one.time >= horizon]
        segment = segment_of(resolved, kept)
        column, broken = fit(segment, resolved.datatype)
        fits = ~outside(segment.times)
        for _, wrong in broken:
            fits &= ~wrong
        self.dropped += len(timed) - len(kept)
        self.unreadable += len(ones) - len(timed) + int((~fits).sum())
        self.checked.append((resolved, segment.take(fits), column.take(fits)))
        self.ids.append(np.array([one.id for one in kept], dtype=np.int64)[fits])


def segment_of(resolved: Resolved, ones: Sequence[Waiting]) -> Segment:
    """Return what was sent as texts, which the datatype reads."""
    times = np.array([naive(one.time) for one in ones], dtype="datetime64[us]")
    texts = np.empty(len(ones), dtype=object)
    texts[:] = [one.raw for one in ones]
    return Segment(resolved.sensor, resolved.measure, times, texts, np.arange(len(ones)), text=True)


def believe(session: Session, waiting: Sequence[Waiting], mark: Mark | None) -> TakenIn:
    """Move readings among the readings, those that can be; of two at one time the older one."""
    names = sorted({(one.sensor, one.measure) for one in waiting})
    found = series.find(session, names, lock=True)
    horizons = retention.horizons(session, [one.id for one in found.values()])
    candidates = Candidates()
    for name in names:
        ones = [one for one in waiting if (one.sensor, one.measure) == name]
        if name in found:
            candidates.add(found[name], ones, horizons.get(found[name].id))
        else:
            candidates.unreadable += len(ones)
    moved, clashing = move(session, candidates, mark)
    return TakenIn(
        taken_in=moved,
        unreadable=candidates.unreadable,
        clashing=clashing,
        dropped=candidates.dropped,
    )


def believe_again(session: Session, resolved: Resolved) -> TakenIn:
    """Take in what is set aside of a series, and breaks none of its rules any more."""
    query = select(*COLUMNS_OF_WAITING, KNOWN.c.rule, KNOWN.c.received_at).where(
        KNOWN.c.series_id == resolved.id,
        KNOWN.c.time.is_not(None),
        KNOWN.c.rule != Rule.FORM.value,
    )
    sound, other = [], dict[int, str]()
    for *parts, rule, received in session.execute(query):
        one = Waiting(*parts)
        broken = rule_broken(resolved, one, received)
        if broken is None:
            sound.append(one)
        elif broken.value != rule:
            other[one.id] = broken.value
    taken = believe(session, sound, None)  # readings before what is aside, as writers do
    for id_, rule in other.items():
        session.execute(update(ASIDE).where(ASIDE.c.id == id_).values(rule=rule))
    return taken


def rule_broken(resolved: Resolved, one: Waiting, received: datetime) -> Rule | None:
    """Return the first rule that a reading breaks, as it was when it came."""
    judge, segment = resolved.judge, segment_of(resolved, [one])
    if resolved.datatype is Datatype.STRING:
        is_word = judge.is_word(one.raw)
        broken = [*judge.of_times(segment.times, naive(received))]
        return broken[0][0] if broken else Rule.PLACEHOLDERS if is_word else None
    column, unfit = fit(segment, resolved.datatype)
    if unfit:
        return Rule.PLACEHOLDERS if judge.is_word(one.raw) else Rule.FORM
    assert column.value is not None
    found = [*judge.of_times(segment.times, naive(received)), *judge.of_values(column.value)]
    return next((rule for rule, mask in found if mask.any()), None)


def move(session: Session, candidates: Candidates, mark: Mark | None) -> tuple[int, int]:
    """Move candidates among the readings; return how many were moved, and how many clash."""
    if not any(len(ids) for ids in candidates.ids):
        return 0, 0
    rows, ids = rows_of(candidates.checked), np.concatenate(candidates.ids)
    marks = None if mark is None else np.full(len(rows), mark.value, dtype=np.int16)
    marked = replace(rows, mark=marks)
    connection = driver_of(session)
    new = connection.execute(INSERT, arrays(marked)).fetchall()
    written = {(series_id, time) for series_id, time in new}
    places: dict[tuple[int, int], int] = {}
    times = micros(rows.time).tolist()
    for place, key in enumerate(zip(rows.series_id.tolist(), times, strict=True)):
        if key in written:
            places.setdefault(key, place)
    for resolved, segment, _ in candidates.checked:
        if len(segment):
            first, last = (aware(edge) for edge in (segment.times.min(), segment.times.max()))
            stretches.note(session, resolved, first, last)
    gone = ids[list(places.values())].tolist()
    forget(session, gone)
    return len(gone), len(ids) - len(gone)


INSERT = (
    SQL("""
INSERT INTO reading (series_id, time, value, whole, text, mark)
SELECT DISTINCT ON (series_id, time) series_id, time, value, whole, text, mark
  FROM (SELECT *, row_number() OVER () AS place FROM {rows}) known
 ORDER BY series_id, time, place
ON CONFLICT (series_id, time) DO NOTHING
RETURNING series_id, (extract(epoch FROM time) * 1000000)::bigint
""")
    .format(rows=ARRAYS)
    .as_bytes()
)
