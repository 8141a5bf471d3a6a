"""Adding many things, all or none, by statements that are each for all of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Generic, NoReturn, TypeVar

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dtbase.domain.frozen import Frozen
from dtbase.errors import AlreadyExists, DTBaseError, Invalid, Violation
from dtbase.storage.tables.base import Base

N = TypeVar("N", bound=Frozen)
R = TypeVar("R")

SHOWN = 100

WHOLE = {"render_nulls": True}
"""How to insert rows: nulls and all, else rows with other nulls are other statements."""

Row = Mapping[str, Any]
Refused = Sequence[tuple[int, DTBaseError]]
"""What is wrong with which rows."""

Refuse = Callable[[Refused], NoReturn]
"""How to say so: `refuse` where many were brought, `raise_first` where one was."""


@dataclass(frozen=True)
class Kind(Generic[N]):
    """Things of one kind: their table, the columns that tell them apart, and what each is called.

    The last of these columns is the field that is named when a thing exists already.
    """

    table: type[Base]
    key: Sequence[str]
    what: Callable[[N], str]


def insert_all(
    session: Session,
    kind: Kind[N],
    new: Sequence[N],
    columns: Callable[[N], Row],
    refuse: Refuse,
) -> Sequence[int]:
    """Insert a row for each thing and return their ids, or refuse them all, saying what is wrong.

    `columns` tells what is stored of a thing, or raises what is wrong with it. A thing whose key is
    taken, in the table or by an earlier thing of the list, is refused as AlreadyExists.
    """
    rows, refused = tried(new, columns)
    ids = insert_free(session, kind.table, rows, kind.key)
    taken = (row for row in rows if row not in ids)
    refused |= {row: exists(kind.what(new[row]), kind.key[-1]) for row in taken}
    if refused:
        refuse(sorted(refused.items(), key=itemgetter(0)))
    return [ids[row] for row in range(len(new))]


def tried(new: Sequence[N], make: Callable[[N], R]) -> tuple[dict[int, R], dict[int, DTBaseError]]:
    """Return what is made of things by their rows, and what is wrong with the others."""
    made: dict[int, R] = {}
    refused: dict[int, DTBaseError] = {}
    for row, each in enumerate(new):
        try:
            made[row] = make(each)
        except DTBaseError as error:
            refused[row] = error
    return made, refused


def insert_free(
    session: Session, table: type[Base], rows: Mapping[int, Row], key: Sequence[str]
) -> Mapping[int, int]:
    """Insert rows whose keys are free, and return their ids by where they stood."""
    if not rows:
        return {}
    columns = [getattr(table, name) for name in ("id", *key)]
    found = session.execute(
        insert(table).on_conflict_do_nothing().returning(*columns),
        [*rows.values()],
        execution_options=WHOLE,
    )
    ids = {tuple(names): id_ for id_, *names in found}
    places = {tuple(row[name] for name in key): place for place, row in reversed([*rows.items()])}
    return {place: ids[names] for names, place in places.items() if names in ids}


def exists(what: str, field: str) -> AlreadyExists:
    return AlreadyExists(f"{what} already exists", field=field)


def raise_first(refused: Refused) -> NoReturn:
    """Raise what is wrong with the only thing there is."""
    raise refused[0][1]


def refuse(refused: Refused) -> NoReturn:
    """Raise the error that the rows share, or Invalid, naming row, field and rule of each."""
    kinds = {type(error) for _, error in refused}
    kind = kinds.pop() if len(kinds) == 1 else Invalid
    row, first = refused[0]
    more = f" (and {len(refused) - 1} more)" if refused[1:] else ""
    violations = [found for row, error in refused[:SHOWN] for found in found_in(row, error)]
    raise kind(f"nothing was added; row {row}: {first.detail}{more}", violations=violations[:SHOWN])


def found_in(row: int, error: DTBaseError) -> Sequence[Violation]:
    """Return the broken rules of one row."""
    found = error.violations or [Violation(field="", rule=error.detail)]
    return [Violation(**{**violation, "row": row}) for violation in found]
