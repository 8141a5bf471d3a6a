"""Rows that a process remembers, and how a statement sees that they are still as they were.

Who asks, and which series has a name, nearly every request has to know, and it seldom changes. So
it is remembered, with a digest of the row that has told it. A later statement reads each row again,
within itself, and does nothing unless every digest is the same: that a key was revoked, a role
taken or a series renamed counts for the next statement, as if nothing were remembered.
"""

from collections.abc import Iterable, Set
from dataclasses import dataclass
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
from sqlalchemy.sql.selectable import NamedFromClause
from sqlalchemy.types import TypeEngine

from dtbase.storage import tables
from dtbase.storage.people import bearers, users
from dtbase.storage.registry import series
from dtbase.storage.statements import text_of
from dtbase.storage.tables import ApiKey

Parameters = dict[str, str]


@dataclass(frozen=True)
class Recalled:
    """The digests of rows that are remembered, each after what finds the row.

    Two of one row stay two: what was looked at by the older one is not as it was.
    """

    sessions: Set[tuple[int, UUID, str]] = frozenset()
    """The user comes first, then the session."""

    keys: Set[tuple[int, str]] = frozenset()
    series: Set[tuple[int, str]] = frozenset()

    def parameters(self) -> Parameters:
        """Return what a statement is asked with; series in the order in which all lock them."""
        series = sorted(self.series)
        return {
            "session_users": array(user for user, _, _ in self.sessions),
            "session_families": array(family for _, family, _ in self.sessions),
            "session_digests": array(digest for _, _, digest in self.sessions),
            "keys": array(key for key, _ in self.keys),
            "key_digests": array(digest for _, digest in self.keys),
            "series": array(id_ for id_, _ in series),
            "series_digests": array(digest for _, digest in series),
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
        user=("session_users", Integer),
        family=("session_families", Uuid),
        digest=("session_digests", Text),
    )
    user = tables.User
    return all_of(
        "session_digests",
        recalled.join(user, user.id == recalled.c.user),
        user.active.expression,
        users.lives(recalled.c.family),
        recalled.c.digest == users.DIGEST,
    )


def keys_work() -> ColumnElement[bool]:
    recalled = asked(id=("keys", Integer), digest=("key_digests", Text))
    owned = recalled.join(ApiKey, ApiKey.id == recalled.c.id)
    owned = owned.join(tables.User, tables.User.id == ApiKey.user_id)
    return all_of("key_digests", owned, bearers.WORKS, recalled.c.digest == bearers.DIGEST)


def series_stay() -> ColumnElement[bool]:
    """Tell whether series are as recalled, and hold them so until the transaction ends."""
    recalled = asked(id=("series", Integer), digest=("series_digests", Text))
    own = series.select_resolved().with_only_columns(tables.Series.id)
    own = own.where(tables.Series.id == recalled.c.id, recalled.c.digest == series.DIGEST)
    held = series.locked(own).lateral("held")
    return all_of("series_digests", recalled.join(held, true()))


STAY = text_of(select(and_(sessions_live(), keys_work(), series_stay())))[0].encode()
"""Whether all is as recalled, and its series stay so until the transaction ends."""
