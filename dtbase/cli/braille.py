"""Lines drawn with braille signs, each two dots wide and four high."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""What each dot of a sign adds to the empty one, row by row."""

EMPTY = 0x2800
ACROSS, DOWN = 2, 4


class Spot(NamedTuple):
    """A dot of a canvas, counted from its upper left."""

    x: int
    y: int


class Canvas:
    """A field of dots."""

    def __init__(self, width: int, height: int) -> None:
        self.columns, self.rows = width * ACROSS, height * DOWN
        self._signs = [[EMPTY] * width for _ in range(height)]

    def dot(self, spot: Spot) -> None:
        """Set one dot."""
        row, column = spot.y // DOWN, spot.x // ACROSS
        self._signs[row][column] |= DOTS[spot.y % DOWN][spot.x % ACROSS]

    def line(self, start: Spot, end: Spot) -> None:
        """Set the dots from one to another."""
        steps = max(abs(end.x - start.x), abs(end.y - start.y), 1)
        for step in range(steps + 1):
            x = start.x + round((end.x - start.x) * step / steps)
            y = start.y + round((end.y - start.y) * step / steps)
            self.dot(Spot(x, y))

    def lines(self) -> Iterator[str]:
        """Yield the rows of signs, from the top."""
        for row in self._signs:
            yield "".join(map(chr, row))


class Scale(NamedTuple):
    """Where numbers stand on an axis of so many dots."""

    low: float
    high: float
    dots: int

    def place(self, value: float) -> int:
        """Return the dot of a number."""
        span = self.high - self.low
        return round((value - self.low) / span * (self.dots - 1)) if span else self.dots // 2


def draw(canvas: Canvas, points: Sequence[tuple[float, float]], across: Scale, up: Scale) -> None:
    """Draw points, joined where nothing is missing between them."""
    spots = [
        Spot(across.place(x), canvas.rows - 1 - up.place(y)) if y == y else None  # noqa: PLR0124
        for x, y in points
    ]
    for before, spot in zip([None, *spots], spots, strict=False):
        if spot is not None:
            canvas.line(before or spot, spot)
