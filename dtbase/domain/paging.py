"""Long lists a page at a time: how many, in which order, and from where on."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Generic, Self, TypeVar

from pydantic import Field, StringConstraints, TypeAdapter

from dtbase.domain.frozen import Frozen
from dtbase.errors import Invalid

T = TypeVar("T")

MOST = 1_000
FARTHEST = 1_000_000
CURSOR_RULE = "must be the one that the Link header of the page before gives"

SearchText = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
"""A part of a name to look for, in capitals or not."""

Place = (
    Annotated[str, StringConstraints(pattern=r"^[^\x00]*$")]
    | Annotated[int, Field(ge=-(2**63), lt=2**63)]
)
PLACES: TypeAdapter[list[Place]] = TypeAdapter(list[Place])


class Page(Frozen):
    """Which stretch of a list to answer; each noun adds its own filters and orders."""

    limit: int = Field(100, ge=1, le=MOST, description="The most things on a page.")
    cursor: str | None = Field(
        None, max_length=2_000, description="Where the page before ended: its Link header says."
    )
    skip: int = Field(
        0, ge=0, le=FARTHEST, description="Leave out so many that come first, for jumping."
    )
    count: bool = Field(False, description="Tell in the header Total-Count how many fit in all.")
    sort: str


@dataclass(frozen=True)
class Listed(Generic[T]):
    """One page of a list, the cursor of the next one if there is one, and how many fit if asked."""

    items: Sequence[T]
    next: str | None = None
    total: int | None = None


class Cursor(Frozen):
    """The last thing of a page, by what its list is sorted by."""

    sort: str
    after: tuple[Place, ...]

    @classmethod
    def behind(cls, thing: Frozen, sort: str, attributes: Sequence[str]) -> Self:
        """Return the cursor that continues a list after one of its things."""
        return cls(sort=sort, after=tuple(place_of(thing, name) for name in attributes))

    @classmethod
    def parse(cls, text: str, sort: str, count: int) -> Self:
        """Read a cursor, and refuse one that belongs to another list or order."""
        try:
            found, *after = PLACES.validate_json(urlsafe_b64decode(text.encode("ascii") + b"==="))
        except ValueError as error:
            raise Invalid(CURSOR_RULE, field="cursor") from error
        if found != sort or len(after) != count:
            raise Invalid(CURSOR_RULE, field="cursor")
        return cls(sort=sort, after=tuple(after))

    def __str__(self) -> str:
        """Write the cursor so that it fits an address."""
        document = PLACES.dump_json([self.sort, *self.after])
        return urlsafe_b64encode(document).decode().rstrip("=")


def place_of(thing: Frozen, attribute: str) -> Place:
    """Return by what a thing is sorted; nothing sorts as an empty text."""
    value = getattr(thing, attribute)
    if isinstance(value, datetime):
        return value.isoformat()
    return value if isinstance(value, int) else str("" if value is None else value)
