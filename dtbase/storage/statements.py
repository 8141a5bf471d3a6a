"""Statements that nearly every request asks: written once, and run past SQLAlchemy.

To run one by SQLAlchemy takes several times as long as PostgreSQL takes for it.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

import psycopg
from sqlalchemy import (
    ColumnElement,
    DateTime,
    LargeBinary,
    Select,
    SQLColumnExpression,
    Text,
    cast,
    extract,
    func,
    literal_column,
)
from sqlalchemy.dialects.postgresql.psycopg import dialect
from sqlalchemy.orm import Session

from dtbase.errors import Unavailable
from dtbase.storage.database import OUTDATED, reason_of

HEX: ColumnElement[str] = literal_column("'hex'")
ONE: ColumnElement[int] = literal_column("1")
"""For `limit`, which would else be a parameter: PostgreSQL would plan the statement each time."""


def digest_of(columns: Iterable[SQLColumnExpression[Any]]) -> ColumnElement[str]:
    """Return what tells a row from any other, and says nothing of it itself."""
    row = func.row(*map(settled, func.row(*columns).clauses))
    text = func.convert_to(cast(row, Text), literal_column("'UTF8'"))
    return func.encode(func.sha256(text), HEX)


def settled(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """Return a column as every connection writes it, whatever its settings say of times."""
    if isinstance(column.type, DateTime):
        return extract("epoch", column)
    return func.encode(column, HEX) if isinstance(column.type, LargeBinary) else column


def text_of(query: Select[*tuple[Any, ...]]) -> tuple[str, dict[str, Any]]:
    """Write a query for the driver, with the values that it fixes itself."""
    compiled = query.compile(dialect=dialect())  # type: ignore[no-untyped-call]
    return str(compiled), dict(compiled.params)


class Statement:
    """A query with named parameters, whose rows come as the driver reads them."""

    def __init__(self, query: Select[*tuple[Any, ...]]) -> None:
        """Keep the query; its text is written when it is first asked."""
        self._query = query

    @cached_property
    def _written(self) -> tuple[bytes, dict[str, Any]]:
        text, fixed = text_of(self._query)
        return text.encode(), fixed

    def rows(self, session: Session, **asked: object) -> Sequence[tuple[Any, ...]]:
        """Ask within a session's transaction, after what it has not written yet."""
        return self.ask(session, asked)

    def ask(
        self, session: Session, asked: Mapping[str, object], *, anew: bool = False
    ) -> Sequence[tuple[Any, ...]]:
        """Ask so; `anew` has PostgreSQL plan for just what is asked, and keep no plan of it."""
        session.flush()
        connection = session.connection()
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        text, fixed = self._written
        try:
            prepare = False if anew else None  # None: as often as the driver sees fit
            return driver.execute(text, {**fixed, **asked}, prepare=prepare).fetchall()
        except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn) as error:
            raise Unavailable(OUTDATED) from error
        except psycopg.OperationalError as error:
            if driver.closed:
                connection.invalidate(error)
            raise Unavailable(reason_of(error)) from error
