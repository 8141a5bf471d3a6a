"""One page of a list, found by the last thing of the page before."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    Integer,
    Select,
    String,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from dtbase.domain.frozen import Frozen
from dtbase.domain.paging import CURSOR_RULE, Cursor, Listed, Page, Place
from dtbase.errors import Invalid
from dtbase.storage.statements import Statement

T = TypeVar("T", bound=Frozen)

Query = Select[*tuple[Any, ...]]
Asked = Mapping[str, object]
"""The parameters of a statement by their names."""

SEARCH = "search"
"""The filter that is a part of a text."""

SHAPES = 200
"""So many statements of one list are kept."""


class Order(NamedTuple):
    """By what a list can be sorted: the things' attributes, and which of them are their key.

    A column that can be null must be coalesced to an empty text.
    """

    columns: Mapping[str, ColumnElement[Any]]
    key: Sequence[str]

    def names(self, sort: str) -> list[str]:
        """Return what a list is sorted by: what was asked for, then the key."""
        plain = sort.removeprefix("-")
        return [plain, *(name for name in self.key if name != plain)]


class Stretch(NamedTuple):
    """All of a page that the text of its statement depends on; the rest are its parameters.

    `most` is a part of the text: of a limit that it does not know PostgreSQL expects a tenth of
    the list, which for a long one is so dear that it plans the statement anew at each request.
    """

    sort: str
    continued: bool
    skipping: bool
    most: int

    @classmethod
    def of(cls, wanted: Page) -> "Stretch":
        """Return the stretch of a page, with one thing more to tell whether there is a next."""
        return cls(wanted.sort, wanted.cursor is not None, wanted.skip > 0, wanted.limit + 1)


def page(
    session: Session,
    query: Query,
    wanted: Page,
    order: Order,
    to_domain: Callable[[Any], T],
) -> Listed[T]:
    """Return the things of a page; skipping costs what is skipped, which a cursor does not."""
    rows = session.execute(cut(query, order, Stretch.of(wanted)), bounds_of(wanted, order))
    things = [to_domain(row) for row in rows]
    total = total_of(session, query, wanted, len(things), {}) if wanted.count else None
    return listed(things, wanted, order, total)


def scalars(
    session: Session,
    query: Query,
    wanted: Page,
    order: Order,
    to_domain: Callable[[Any], T],
) -> Listed[T]:
    """Return the things of a page of a query that selects one thing a row."""
    return page(session, query, wanted, order, lambda row: to_domain(row[0]))


class KeptList(Generic[T]):
    """A list whose statements are written once for each shape, and run past SQLAlchemy."""

    def __init__(
        self,
        fitting: Callable[[Collection[str]], Query],
        order: Order,
        to_domain: Callable[[Any], T],
        widen: Callable[[Query, str], Query] = lambda page, _sort: page,
    ) -> None:
        """Take the query for those filters that are given, each a parameter of its name.

        What `widen` adds is read for the page only, not for what is skipped or counted.
        """
        self._fitting = fitting
        self._order = order
        self._to_domain = to_domain
        self._widen = widen
        self._statement = lru_cache(maxsize=SHAPES)(self._written)

    def page(self, session: Session, wanted: Page, filters: Asked) -> Listed[T]:
        """Return the things of a page; skipping costs what is skipped, which a cursor does not."""
        given = frozenset(filters)
        statement = self._statement(given, Stretch.of(wanted))
        rows = statement.rows(session, **filters, **bounds_of(wanted, self._order))
        things = [self._to_domain(row) for row in rows]
        total = None
        if wanted.count:
            total = total_of(session, self._fitting(given), wanted, len(things), filters)
        return listed(things, wanted, self._order, total)

    def _written(self, given: frozenset[str], stretch: Stretch) -> Statement:
        query = cut(self._fitting(given), self._order, stretch)
        return Statement(self._widen(query, stretch.sort))


def cut(query: Query, order: Order, stretch: Stretch) -> Query:
    """Return what selects one page; where it begins and ends are parameters."""
    descending = stretch.sort.startswith("-")
    columns = [order.columns[name] for name in order.names(stretch.sort)]
    if stretch.continued:
        last = tuple_(
            *(bindparam(after(place), type_=column.type) for place, column in enumerate(columns))
        )
        query = query.where(tuple_(*columns) < last if descending else tuple_(*columns) > last)
    query = query.order_by(None).order_by(
        *(column.desc() if descending else column.asc() for column in columns)
    )
    if stretch.skipping:
        query = query.offset(bindparam("page_skip", type_=Integer))
    return query.limit(literal_column(str(stretch.most)))


def bounds_of(wanted: Page, order: Order) -> Asked:
    """Return the parameters that say where a page begins and ends."""
    bounds: dict[str, object] = {"page_skip": wanted.skip} if wanted.skip else {}
    if wanted.cursor is not None:
        names = order.names(wanted.sort)
        places = Cursor.parse(wanted.cursor, wanted.sort, len(names)).after
        for place, (name, at) in enumerate(zip(names, places, strict=True)):
            bounds[after(place)] = value_at(order.columns[name], at)
    return bounds


def after(place: int) -> str:
    """Name the parameter that says after which value of a column a page begins."""
    return f"page_after_{place}"


def listed(things: Sequence[T], wanted: Page, order: Order, total: int | None) -> Listed[T]:
    """Return a page, of which one thing more was read if there is a next one."""
    shown = things[: wanted.limit]
    if len(things) == len(shown):
        return Listed(shown, total=total)
    cursor = Cursor.behind(shown[-1], wanted.sort, order.names(wanted.sort))
    return Listed(shown, str(cursor), total)


def total_of(session: Session, query: Query, wanted: Page, found: int, filters: Asked) -> int:
    """Return how many fit in all: a page that holds the last of them says so by itself."""
    last = found <= wanted.limit and (found > 0 or not wanted.skip)
    if last and wanted.cursor is None:
        return wanted.skip + found
    counted = select(func.count()).select_from(query.order_by(None).subquery())
    return session.execute(counted, filters).scalar_one()


def value_at(column: ColumnElement[Any], at: Place) -> object:
    """Return a place of a cursor as its column's type."""
    try:
        if isinstance(column.type, DateTime):
            return datetime.fromisoformat(str(at))
    except ValueError as error:
        raise Invalid(CURSOR_RULE, field="cursor") from error
    beyond = isinstance(at, int) and not holds(column, at)
    if column.type.python_type is not type(at) or beyond:
        raise Invalid(CURSOR_RULE, field="cursor")
    return at


def holds(column: ColumnElement[Any], number: int) -> bool:
    """Tell whether a number can stand in a column of numbers."""
    most: int = 2 ** (63 if isinstance(column.type, BigInteger) else 31)
    return -most <= number < most


def filters_of(wanted: Page) -> Asked:
    """Return what a list is asked for beside its stretch, each as a parameter of its name."""
    given = {
        name: value
        for name in type(wanted).model_fields
        if name not in Page.model_fields and (value := getattr(wanted, name)) is not None
    }
    if SEARCH in given:
        given[SEARCH] = escaped(given[SEARCH])
    return given


def found_in(*columns: InstrumentedAttribute[Any]) -> ColumnElement[bool]:
    """Return the condition that any of some columns holds the text that is searched for."""
    part = bindparam(SEARCH, type_=String)
    return or_(*(column.icontains(part, escape="/") for column in columns))


def escaped(part: str) -> str:
    """Return a text as what is searched for in this way."""
    return part.replace("/", "//").replace("%", "/%").replace("_", "/_")
