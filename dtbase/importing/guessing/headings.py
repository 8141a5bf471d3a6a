"""Which line above a table names its columns, which has their units, and what the rest says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dtbase.domain.imports.units import understood
from dtbase.errors import Invalid
from dtbase.importing.guessing.grids import NUMERIC, TIME_NAMES, Grid, Row

BRACKETED = re.compile(r"[\[(].*[\])]")
PROCESSING = re.compile(
    r"smp|avg|ave|average|mean|min|max|tot|total|sum|std|wvc|counter|analog|digital|inst|count"
    r"|\d+[snd]|float|double|long|string|number|integer|boolean",
    re.IGNORECASE,
)
"""What lines between names and rows say: how values were made, or of which type they are."""

NAMED = re.compile(r"time|date|zeit|datum|stamp|tmst|fecha|heure", re.IGNORECASE)
FORM = re.compile(r"[dDmMyYhHsST:./\- \[\]]{6,}")
Line = tuple[int, Row]
FARTHEST = 4
"""So many lines at most is a header above its first row."""


@dataclass(frozen=True)
class Heading:
    """The names of columns, each once, what they are called, and their units."""

    names: Sequence[str]
    labels: Sequence[str]
    """With what stands above a name that does not tell columns apart."""

    units: Mapping[int, str]
    lines: Mapping[str, Any]
    """Which lines say so, as a profile has them."""


def heading(grid: Grid, *, named: bool = True) -> Heading:
    """Find what the lines above a table say of its columns; somebody may say that none does."""
    width, first = grid.width, grid.numbers[0]
    run = lines_above(grid) if named else []
    if not run:
        names = [f"#{place}" for place in range(1, width + 1)]
        lines: dict[str, Any] = {"names": None} | ({"first": first} if first > 1 else {})
        return Heading(names, names, {}, lines)
    number, cells = max(run, key=lambda line: score(grid, line[1]))
    refuse_unnamed(grid, number, cells)
    lines, units = {"names": number}, {}
    below = [line for line in run if line[0] != number and of_units(grid, line[1])]
    if below:
        lines["units"], units = below[0][0], dict(enumerate(below[0][1]))
    if first != max(number, lines.get("units", 0)) + 1:
        lines["first"] = first
    cells = tuple([*cells, *[""] * width][:width])
    below = [line for line in run if line[0] > number and line not in below]
    return Heading(unique(cells), labels(grid, number, cells, below), units, lines)


def refuse_unnamed(grid: Grid, number: int, cells: Row) -> None:
    """Refuse rows that hold more numbers than there are names, since these may be of others."""
    if len(cells) < grid.width and any(row[-1] for row in grid.rows):
        raise Invalid(
            f"line {number} names {len(cells)} columns, and rows have {grid.width} cells: if commas"
            " part cells and stand before fractions too, write the file with another sign, or with"
            f" quotation marks; say --header-line 0 --first-line {grid.numbers[0]} to read columns"
            " by their places, #1, #2 and so on",
            field="file",
        )


def lines_above(grid: Grid) -> list[Line]:
    """Return the lines right above a table of as many cells, of which most hold something."""
    width = grid.width
    near = [(n, cells) for n, cells in grid.above if len(cells) == width]
    near = near or [(n, cells) for n, cells in grid.above if abs(len(cells) - width) == 1][-1:]
    run: list[Line] = []
    for number, cells in reversed(near):
        if not run and grid.numbers[0] - number > FARTHEST:
            break
        if run and run[0][0] - number > 2:  # noqa: PLR2004 - one empty line may stand between
            break
        run.insert(0, (number, cells))
    return [(n, cells) for n, cells in run if sum(bool(cell) for cell in cells) * 2 > width]


def score(grid: Grid, cells: Row) -> float:
    """Tell how much a line looks like one of names."""
    filled = [cell for cell in cells if cell]
    of_times = [cells[place] for place in grid.times if place < len(cells)]
    named = any(TIME_NAMES.search(cell) for cell in of_times)
    numeric = sum(bool(NUMERIC.fullmatch(cell)) for cell in filled) / len(filled)
    made = sum(bool(PROCESSING.fullmatch(cell)) for cell in filled) / len(filled)
    return len(set(filled)) / grid.width + named - numeric - made - of_units(grid, cells)


def of_units(grid: Grid, cells: Row) -> bool:
    """Tell whether a line has the units of columns."""
    if any(NAMED.search(cells[place]) for place in grid.times if place < len(cells)):
        return False
    filled = [
        cell
        for place, cell in enumerate(cells)
        if cell and place not in grid.times and not FORM.fullmatch(cell)
    ]
    known = sum(understood(cell) is not None for cell in filled)
    bracketed = bool(filled) and all(BRACKETED.fullmatch(cell) for cell in filled)
    return bool(known) and (known * 2 >= len(filled) or bracketed)


def labels(grid: Grid, number: int, cells: Row, below: Sequence[Line]) -> list[str]:
    """Return what columns are called: where names do not tell, with the words around them."""
    own = [cell for place, cell in enumerate(cells) if cell and place not in grid.times]
    if len(set(own)) == len(own):
        return list(cells)
    pairs = zip(words_above(grid, number), cells, strict=True)
    if below:
        pairs = zip(cells, below[0][1], strict=True)
    joined = [" ".join(filter(None, pair)) for pair in pairs]
    return [
        f"{label} {place}" if joined.count(label) > 1 else label
        for place, label in enumerate(joined, start=1)
    ]


def words_above(grid: Grid, number: int) -> list[str]:
    """Return the words above each name; those of merged cells stand above several."""
    width = grid.width
    for line, found in reversed(grid.above):
        cells = found
        if len(cells) == width - len(grid.times) and grid.times == tuple(range(len(grid.times))):
            cells = (*[""] * len(grid.times), *cells)
        words = [cell for cell in cells if cell]
        if line >= number or len(cells) != width or len(words) < 2:  # noqa: PLR2004 - a title
            continue
        if any(NUMERIC.fullmatch(word) for word in words):
            break
        made: list[str] = []
        for place, cell in enumerate(cells):
            merged = made[-1] if made and place not in grid.times else ""
            made.append("" if place in grid.times else cell or merged)
        return made
    return [""] * width


def unique(cells: Sequence[str]) -> list[str]:
    """Return names of columns; those of none, or that stand there twice, by their places."""
    return [
        cell if cell and cells.count(cell) == 1 else f"#{place}"
        for place, cell in enumerate(cells, start=1)
    ]
