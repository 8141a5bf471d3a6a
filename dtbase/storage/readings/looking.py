"""Looking at stretches of readings by rules that need neighbours on both sides, as readings come.

Whoever writes notes the stretch in the same transaction, so that late readings are looked at too.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np
from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.domain.readings.batches import Segment
from dtbase.domain.readings.buckets import aware
from dtbase.domain.readings.judging import ALL, ON_ENTRY
from dtbase.domain.registry.measures import Datatype
from dtbase.storage.database import transaction
from dtbase.storage.readings import rejudging, stretches
from dtbase.storage.readings.sifting import Checked
from dtbase.storage.registry.series import Resolved

NEAR = timedelta(hours=1)
"""Stretches that are no farther apart are looked at together."""

NEXT = text("""
SELECT s.series_id, EXISTS (SELECT FROM series WHERE id = s.series_id) FROM reading_stretch s
 LIMIT 1
""")
TAKE = text("DELETE FROM reading_stretch WHERE series_id = :id RETURNING first, last")

Open = Callable[[], AbstractContextManager[Session]]


class Stretch(NamedTuple):
    """Readings of a series from one time to another, both included."""

    first: datetime
    last: datetime


def mark_around(session: Session, checked: Sequence[Checked]) -> None:
    """Note what is suspect of readings just written, and of those after them, by their neighbours.

    What needs those on both sides is left to the service. Series without such rules cost nothing.
    """
    for resolved, segment, _ in checked:
        if not len(segment) or resolved.datatype is Datatype.STRING:
            continue
        judge = resolved.judge
        if judge.looks_back or judge.looks_around:
            first, last = (aware(time) for time in span_of(segment))
            if judge.looks_back:
                rejudging.mark(session, resolved, first, last, ON_ENTRY)
            if judge.looks_around:
                stretches.note(session, resolved, first, last)


def span_of(segment: Segment) -> tuple[np.datetime64, np.datetime64]:
    """Return the first and the last time."""
    return segment.times.min(), segment.times.max()


def look_all(open_: Open = transaction) -> Iterator[str]:
    """Look at all that came, series by series, and name each."""
    while True:
        with open_() as session:
            row = session.execute(NEXT).first()
            if row is None:
                return
            if not row[1]:  # the series is gone
                session.execute(TAKE, {"id": row[0]})
                continue
            name = look(session, row[0])
        yield name


def look(session: Session, series_id: int) -> str:
    """Look at what came of one series."""
    resolved = rejudging.by_id(session, series_id)
    rows = session.execute(TAKE, {"id": series_id})
    for first, last in joined([Stretch(*row) for row in rows]):
        start: datetime | None = first
        while start is not None:
            start = look_at_page(session, resolved, start, last)
    return str(resolved.key)


def look_at_page(
    session: Session, resolved: Resolved, start: datetime, last: datetime
) -> datetime | None:
    """Look at some readings from a time on, and return where to go on."""
    found = rejudging.rows_between(session, resolved, start, last, rejudging.PAGE)
    whole = len(found.times) < rejudging.PAGE
    end = last if whole else aware(found.times[-1])
    rejudging.mark(session, resolved, start, end, ALL)
    return None if whole else end + timedelta(microseconds=1)


def joined(stretches: Sequence[Stretch]) -> Sequence[Stretch]:
    """Join stretches that touch or nearly do."""
    found: list[Stretch] = []
    for each in sorted(stretches):
        if found and each.first <= found[-1].last + NEAR:
            found[-1] = Stretch(found[-1].first, max(found[-1].last, each.last))
        else:
            found.append(each)
    return found
