"""One page of a list, found by the last thing of the page before."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Row,
    Select,
    func,
    literal,
    select,
    tuple_,
)
from sqlalchemy.orm import Session

from dtbase.domain.frozen import Frozen
from dtbase.domain.paging import CURSOR_RULE, Cursor, Listed, Page, Place
from dtbase.errors import Invalid

T = TypeVar("T", bound=Frozen)


class Order(NamedTuple):
    """By what a list can be sorted: the things' attributes, and which of them are their key.

    A column that can be null must be coalesced to an empty text.
    """

    columns: Mapping[str, ColumnElement[Any]]
    key: Sequence[str]

    def names(self, sort: str) -> list[str]:
        """Return what a list is sorted by: what was asked for, then the key."""
        return [sort, *(name for name in self.key if name != sort)]


def page(
    session: Session,
    query: Select[*tuple[Any, ...]],
    wanted: Page,
    order: Order,
    to_domain: Callable[[Row[*tuple[Any, ...]]], T],
    widen: Callable[[Select[*tuple[Any, ...]]], Select[*tuple[Any, ...]]] = lambda page: page,
) -> Listed[T]:
    """Return the things of a page; skipping costs what is skipped, which a cursor does not.

    What `widen` adds is read for the page only, not for what is skipped or counted.
    """
    fitting = query
    descending = wanted.sort.startswith("-")
    names = order.names(wanted.sort.removeprefix("-"))
    columns = [order.columns[name] for name in names]
    if wanted.cursor is not None:
        after = Cursor.parse(wanted.cursor, wanted.sort, len(names)).after
        last = tuple_(*(place(column, at) for column, at in zip(columns, after, strict=True)))
        query = query.where(tuple_(*columns) < last if descending else tuple_(*columns) > last)
    query = query.order_by(None).order_by(
        *(column.desc() if descending else column.asc() for column in columns)
    )
    stretch = widen(query.offset(wanted.skip or None).limit(wanted.limit + 1))
    things = [to_domain(row) for row in session.execute(stretch)]
    shown = things[: wanted.limit]
    total = total_of(session, fitting, wanted, len(things)) if wanted.count else None
    if len(things) == len(shown):
        return Listed(shown, total=total)
    return Listed(shown, str(Cursor.behind(shown[-1], wanted.sort, names)), total)


def total_of(session: Session, query: Select[*tuple[Any, ...]], wanted: Page, found: int) -> int:
    """Return how many fit in all: a page that holds the last of them says so by itself."""
    last = found <= wanted.limit and (found > 0 or not wanted.skip)
    if last and wanted.cursor is None:
        return wanted.skip + found
    return count_of(session, query)


def count_of(session: Session, query: Select[*tuple[Any, ...]]) -> int:
    """Return how many rows a query has in all."""
    counted = select(func.count()).select_from(query.order_by(None).subquery())
    return session.execute(counted).scalar_one()


def place(column: ColumnElement[Any], at: Place) -> ColumnElement[Any]:
    """Return a place of a cursor as its column's type."""
    try:
        if isinstance(column.type, DateTime):
            return literal(datetime.fromisoformat(str(at)), column.type)
    except ValueError as error:
        raise Invalid(CURSOR_RULE, field="cursor") from error
    if column.type.python_type is not type(at):
        raise Invalid(CURSOR_RULE, field="cursor")
    return literal(at, column.type)
