"""Where sensors stand."""

from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier, Title

Coordinate = float | int | bool | str


class Location(Frozen):
    """A place; it may stand in another one."""

    identifier: Identifier
    name: Title
    parent: Identifier | None = None
    coordinates: dict[str, Coordinate] = {}
