"""One writer after another, of series whose readings are judged by their neighbours.

Each would write, and then note what it says of readings that the other has just written: both
would wait for ever.
"""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from dtbase.storage.database import driver_of
from dtbase.storage.registry.series import Resolved

PURPOSE = 726_584
"""Told apart from what else is locked by a number."""

TAKE = b"SELECT pg_advisory_xact_lock(%s, id) FROM unnest(%s::int[]) AS wanted (id)"


def take(session: Session, found: Iterable[Resolved]) -> None:
    """Wait until nobody else writes what is judged by its neighbours, in one order for all."""
    ids = sorted(one.id for one in found if one.judge.looks_back)
    if ids:
        driver_of(session).execute(TAKE, (PURPOSE, ids)).fetchall()
