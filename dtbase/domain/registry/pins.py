"""What is pinned to the picture or to the shape of a location."""

from collections.abc import Sequence
from typing import Self

from pydantic import model_validator

from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier

MOST_PINS = 1_000


class Pinned(Frozen):
    """A sensor or a location that is pinned somewhere."""

    sensor: Identifier | None = None
    location: Identifier | None = None

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse a pin of nothing or of two things."""
        if (self.sensor is None) is (self.location is None):
            raise ValueError("a pin is of one sensor or of one location")
        return self

    @property
    def of(self) -> tuple[str | None, str | None]:
        """What is pinned."""
        return self.sensor, self.location

    def where(self) -> dict[str, float]:
        """Return where it is, by the names of the axes."""
        return self.model_dump(exclude={"sensor", "location"})


def refuse_twice(pins: Sequence[Pinned]) -> None:
    if len({pin.of for pin in pins}) < len(pins):
        raise ValueError("a sensor or location can be pinned once")
