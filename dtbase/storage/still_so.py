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
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    cast,
    column,
    exists,
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


def of_session(
    user: ColumnElement[int], family: ColumnElement[UUID], digest: ColumnElement[str]
) -> ColumnElement[bool]:
    """Tell whether a session lives, and its user is as recalled."""
    account = tables.User
    live = and_(account.active, users.lives(family))
    return and_(account.id == user, live, digest == users.DIGEST)


def of_key(key: ColumnElement[int], digest: ColumnElement[str]) -> ColumnElement[bool]:
    """Tell whether a key works and is as recalled."""
    return and_(ApiKey.id == key, bearers.WORKS, digest == bearers.DIGEST)


def found_series(id_: ColumnElement[int], digest: ColumnElement[str]) -> Select[int]:
    """Find a series that is as recalled."""
    query = series.select_resolved().with_only_columns(tables.Series.id)
    return query.where(tables.Series.id == id_, digest == series.DIGEST)


def sessions_live() -> ColumnElement[bool]:
    recalled = asked(
        user=("session_users", Integer),
        family=("session_families", Uuid),
        digest=("session_digests", Text),
    )
    each = of_session(recalled.c.user, recalled.c.family, recalled.c.digest)
    return all_of("session_digests", recalled.join(tables.User, true()), each)


def keys_work() -> ColumnElement[bool]:
    recalled = asked(id=("keys", Integer), digest=("key_digests", Text))
    owned = recalled.join(ApiKey, ApiKey.id == recalled.c.id)
    owned = owned.join(tables.User, tables.User.id == ApiKey.user_id)
    return all_of("key_digests", owned, of_key(recalled.c.id, recalled.c.digest))


def series_stay() -> ColumnElement[bool]:
    """Tell whether series are as recalled, and hold them so until the transaction ends."""
    recalled = asked(id=("series", Integer), digest=("series_digests", Text))
    held = series.locked(found_series(recalled.c.id, recalled.c.digest)).lateral("held")
    return all_of("series_digests", recalled.join(held, true()))


def series_are() -> ColumnElement[bool]:
    recalled = asked(id=("series", Integer), digest=("series_digests", Text))
    found = found_series(recalled.c.id, recalled.c.digest).lateral("found")
    return all_of("series_digests", recalled.join(found, true()))


def session_lives() -> ColumnElement[bool]:
    """Tell the same of one session, which takes PostgreSQL half the time."""
    family = cast(bindparam("session_families", type_=Text), Uuid)
    one = of_session(number("session_users"), family, bindparam("session_digests"))
    return exists(select(tables.User.id).where(one))


def key_works() -> ColumnElement[bool]:
    owned = select(ApiKey.id).join(tables.User, tables.User.id == ApiKey.user_id)
    return exists(owned.where(of_key(number("keys"), bindparam("key_digests"))))


def one_series_is() -> ColumnElement[bool]:
    return exists(found_series(number("series"), bindparam("series_digests")))


def number(name: str) -> ColumnElement[int]:
    return cast(bindparam(name, type_=Text), Integer)


def condition(*parts: ColumnElement[bool]) -> bytes:
    """Write the condition that all rows are as recalled."""
    text, _ = text_of(select(and_(*parts)))
    return text.encode()


STAY = condition(sessions_live(), keys_work(), series_stay())
"""Whether all is as recalled, and its series stay so until the transaction ends."""

ARE = condition(sessions_live(), keys_work(), series_are())
ONE_BY_SESSION = condition(session_lives(), one_series_is())
ONE_BY_KEY = condition(key_works(), one_series_is())
"""Whether all is as recalled now; of one who asks for one series, as most charts do, in less."""


def are(session: Session, recalled: Recalled) -> bool:
    """Tell whether rows are as they are remembered."""
    parameters = recalled.parameters()
    statement = ARE
    if len(recalled.series) == 1 and len(recalled.sessions) + len(recalled.keys) == 1:
        statement = ONE_BY_SESSION if recalled.sessions else ONE_BY_KEY
        parameters = {name: each.strip("{}") for name, each in parameters.items()}
    row = driver_of(session).execute(statement, parameters).fetchone()
    return row is not None and bool(row[0])
