"""Floor plans: a picture of a location, and where on it its sensors and inner locations are."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from dtbase.domain.changes import Change
from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier
from dtbase.domain.numbers import A_NUMBER
from dtbase.domain.registry.pins import MOST_PINS, Pinned, refuse_twice

PIN: JsonDict = {"sensor": "EWR", "x": 0.2, "y": 0.6}
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False), A_NUMBER]


class MediaType(StrEnum):
    """What a picture is kept as."""

    PNG = "image/png"
    JPEG = "image/jpeg"
    SVG = "image/svg+xml"


class Pin(Pinned):
    """Where a sensor or a location is on a floor plan."""

    model_config = ConfigDict(json_schema_extra={"examples": [PIN]})

    x: Share = Field(description="How far from the left edge, as a share of the width.")
    y: Share = Field(description="How far from the upper edge, as a share of the height.")


Pins = Annotated[tuple[Pin, ...], Field(max_length=MOST_PINS)]


class FloorPlan(Frozen):
    """The picture of a location, and what is pinned to it."""

    location: Identifier
    media_type: MediaType
    width: int
    height: int
    size: int = Field(description="Bytes of the picture as it is kept.")
    digest: str = Field(description="Of the picture: SHA-256, in hexadecimal digits.")
    changed_at: datetime
    pins: tuple[Pin, ...]


class FloorPlanChange(Change):
    """What to change about a floor plan: all its pins at once; the picture is sent by itself."""

    example: ClassVar[dict[str, Any]] = {"pins": [PIN]}

    pins: Pins | None = None

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse to pin one thing twice."""
        refuse_twice(self.pins or ())
        return self


class Picture(Frozen):
    """A picture as it is kept."""

    media_type: MediaType
    content: bytes = Field(repr=False)
