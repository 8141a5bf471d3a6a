"""One row of a table: as it is, or locked until the transaction ends."""

from typing import TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import Session

from dtbase.errors import NotFound

T = TypeVar("T")


def row(session: Session, query: Select[T], missing: NotFound, *, lock: bool = False) -> T:
    """Return the row that a query selects, or raise what says that there is none."""
    found = session.scalar(locked(query) if lock else query)
    if found is None:
        raise missing
    return found


def locked(query: Select[T]) -> Select[T]:
    """Return a query whose rows nobody else can change, read anew even if they are known."""
    return query.with_for_update().execution_options(populate_existing=True)
