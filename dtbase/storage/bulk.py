"""Adding many things, all or none."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NoReturn, TypeVar

from sqlalchemy.orm import Session

from dtbase.domain.frozen import Frozen
from dtbase.errors import DTBaseError, Invalid, Violation

N = TypeVar("N", bound=Frozen)
T = TypeVar("T")

SHOWN = 100

Refused = Sequence[tuple[int, DTBaseError]]
"""What is wrong with which rows."""


def add_many(session: Session, new: Sequence[N], add: Callable[[Session, N], T]) -> Sequence[T]:
    """Add every thing in order, or none of them, naming the rows that are refused.

    Only where some row is refused does each get a savepoint, to find the others. It gives up
    when a hundred are: no more are named.
    """
    with suppress(DTBaseError), session.begin_nested():
        return [add(session, thing) for thing in new]
    added: list[T] = []
    refused: list[tuple[int, DTBaseError]] = []
    with session.begin_nested():
        for row, thing in enumerate(new):
            try:
                with session.begin_nested():
                    added.append(add(session, thing))
            except DTBaseError as error:
                refused.append((row, error))
                if len(refused) == SHOWN:
                    break
        if refused:
            refuse(refused)
    return added


def raise_first(refused: Refused) -> NoReturn:
    """Raise what is wrong with the only thing there is."""
    raise refused[0][1]


def refuse(refused: Refused) -> NoReturn:
    """Raise the error that the rows share, or Invalid, naming row, field and rule of each."""
    kinds = {type(error) for _, error in refused}
    kind = kinds.pop() if len(kinds) == 1 else Invalid
    row, first = refused[0]
    least = "at least " if len(refused) >= SHOWN else ""
    more = f" (and {least}{len(refused) - 1} more)" if refused[1:] else ""
    violations = [found for row, error in refused[:SHOWN] for found in found_in(row, error)]
    raise kind(f"nothing was added; row {row}: {first.detail}{more}", violations=violations[:SHOWN])


def found_in(row: int, error: DTBaseError) -> Sequence[Violation]:
    """Return the broken rules of one row."""
    found = error.violations or [Violation(field="", rule=error.detail)]
    return [Violation(**{**violation, "row": row}) for violation in found]
