"""Rows that a process remembers, and how a statement sees that they are still as they were.

Who asks, and which series has a name, nearly every request has to know, and it seldom changes. So
it is remembered, with a digest of the row that has told it. A later statement reads each row again,
within itself, and does nothing unless every digest is the same: that a key was revoked, a role
taken or a series renamed counts for the next statement, as if nothing were remembered.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    FromClause,
    Integer,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    column,
    func,
    select,
    true,
)
from sqlalchemy.orm import Session
from sqlalchemy.sql.selectable import NamedFromClause
from sqlalchemy.types import TypeEngine

from dtbase.storage import tables
from dtbase.storage.database import driver_of
from dtbase.storage.people import bearers, users
from dtbase.storage.registry import series
from dtbase.storage.statements import text_of
from dtbase.storage.tables import ApiKey

Parameters = dict[str, str]


@dataclass(frozen=True)
class Recalled:
    """The digests of rows that are remembered, by what finds the rows."""

    sessions: Mapping[tuple[int, UUID], str] = field(default_factory=dict)
    """By the user and the session."""

    keys: Mapping[int, str] = field(default_factory=dict)
    series: Mapping[int, str] = field(default_factory=dict)

    def parameters(self) -> Parameters:
        """Return what a statement is asked with; series in the order in which all lock them."""
        series = sorted(self.series)
        return {
            "session_users": array(user for user, _ in self.sessions),
            "session_families": array(family for _, family in self.sessions),
            "session_digests": array(self.sessions.values()),
            "keys": array(self.keys),
            "key_digests": array(self.keys.values()),
            "series": array(series),
            "series_digests": array(self.series[id_] for id_ in series),
        }


def array(values: Iterable[object]) -> str:
    """Write an array of what needs no quotes, quicker than the driver would."""
    return f"{{{','.join(map(str, values))}}}"


def asked(**columns: tuple[str, type[TypeEngine[Any]]]) -> NamedFromClause:
    """Return rows of what is recalled, from the parameters that hold their columns."""
    arrays = (given(name, kind) for name, kind in columns.values())
    names = (column(name, kind) for name, (_, kind) in columns.items())
    return func.unnest(*arrays).table_valued(*names).render_derived()


def given(name: str, kind: type[TypeEngine[Any]]) -> ColumnElement[Any]:
    return cast(bindparam(name, type_=Text), ARRAY(kind))


def all_of(digests: str, found: FromClause, *where: ColumnElement[bool]) -> ColumnElement[bool]:
    """Tell whether there is a row for each digest."""
    count = select(func.count()).select_from(found).where(*where).scalar_subquery()
    return count == func.cardinality(given(digests, Text))


def sessions_live() -> ColumnElement[bool]:
    recalled = asked(
        user_id=("session_users", Integer),
        family=("session_families", Uuid),
        digest=("session_digests", Text),
    )
    user = tables.User
    return all_of(
        "session_digests",
        recalled.join(user, user.id == recalled.c.user_id),
        user.active.expression,
        users.lives(recalled.c.family),
        recalled.c.digest == users.DIGEST,
    )


def keys_work() -> ColumnElement[bool]:
    recalled = asked(id=("keys", Integer), digest=("key_digests", Text))
    owned = recalled.join(ApiKey, ApiKey.id == recalled.c.id)
    owned = owned.join(tables.User, tables.User.id == ApiKey.user_id)
    return all_of("key_digests", owned, bearers.WORKS, recalled.c.digest == bearers.DIGEST)


def series_are(*, lock: bool) -> ColumnElement[bool]:
    """Tell whether series are as recalled; locked ones stay so until the transaction ends."""
    recalled = asked(id=("series", Integer), digest=("series_digests", Text))
    query = series.select_resolved().with_only_columns(tables.Series.id)
    query = query.where(tables.Series.id == recalled.c.id, recalled.c.digest == series.DIGEST)
    if lock:
        query = series.locked(query)
    return all_of("series_digests", recalled.join(query.lateral("own"), true()))


def condition(*, lock: bool) -> bytes:
    """Write the condition that all rows are as recalled."""
    query = select(and_(sessions_live(), keys_work(), series_are(lock=lock)))
    text, _ = text_of(query)
    return text.encode()


ARE, STAY = condition(lock=False), condition(lock=True)
"""Whether all is as recalled now; and whether it is, and its series stay so until the end."""


def are(session: Session, recalled: Recalled) -> bool:
    """Tell whether rows are as they are remembered."""
    row = driver_of(session).execute(ARE, recalled.parameters()).fetchone()
    return row is not None and bool(row[0])
