"""Shapes: a location in three dimensions, and where in it its sensors and inner locations are."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from dtbase.domain.changes import Change
from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier
from dtbase.domain.numbers import A_NUMBER
from dtbase.domain.registry.pins import MOST_PINS, Pinned, refuse_twice

SPOT: JsonDict = {"sensor": "EWR", "x": 1.5, "y": 2.2, "z": -4.0}
FARTHEST = 1e6
Length = Annotated[float, Field(ge=-FARTHEST, le=FARTHEST, allow_inf_nan=False), A_NUMBER]


class Spot(Pinned):
    """Where a sensor or a location is in a shape: in its file's own frame, y up, in metres."""

    model_config = ConfigDict(json_schema_extra={"examples": [SPOT]})

    x: Length
    y: Length = Field(description="How far up.")
    z: Length


Spots = Annotated[tuple[Spot, ...], Field(max_length=MOST_PINS)]


class Shape(Frozen):
    """The shape of a location, and what is pinned to it."""

    location: Identifier
    size: int = Field(description="Bytes of the file.")
    digest: str = Field(description="Of the file: SHA-256, in hexadecimal digits.")
    vertices: int = Field(description="How many corners are drawn.")
    changed_at: datetime
    pins: tuple[Spot, ...]


class ShapeChange(Change):
    """What to change about a shape: all its pins at once; the file is sent by itself."""

    example: ClassVar[dict[str, Any]] = {"pins": [SPOT]}

    pins: Spots | None = None

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse to pin one thing twice."""
        refuse_twice(self.pins or ())
        return self
