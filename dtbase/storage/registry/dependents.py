"""What stands in the way of a deletion."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from dtbase.domain.frozen import Frozen
from dtbase.errors import InUse, Violation

NAMED = 20
"""How many things of a kind are named; beyond that a refusal says only that there are more."""


class InTheWay(Frozen):
    """Things of one kind that would go too."""

    kind: str
    names: Sequence[str]
    more: bool = False

    @property
    def violation(self) -> Violation:
        """Name them in a refusal."""
        names = ", ".join(self.names) + (", …" if self.more else "")
        return Violation(field=self.kind, rule="must be deleted first", value=names)


def those(session: Session, kind: str, names: Select[Any]) -> InTheWay:
    """Name the things of a kind that a query selects, no more than can be shown."""
    found = session.scalars(names.limit(NAMED + 1)).all()
    return InTheWay(kind=kind, names=[str(n) for n in found[:NAMED]], more=len(found) > NAMED)


def refuse(what: str, in_the_way: Sequence[InTheWay]) -> None:
    """Refuse to delete a thing that others stand on, naming them."""
    found = [things for things in in_the_way if things.names]
    if found:
        raise InUse(
            f"{what} is in use by {', '.join(things.kind for things in found)}; "
            "an admin can delete it with all of them by cascade=true",
            violations=[things.violation for things in found],
        )
