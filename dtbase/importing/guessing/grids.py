"""Which sign parts the cells of a text, and where its table begins."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from dtbase.domain.imports.profiles import NOTHING
from dtbase.importing.guessing.clocks import all_in, parted
from dtbase.importing.guessing.forms import Form, form_of, valid_share
from dtbase.importing.guessing.samples import Sample

DELIMITERS = (",", ";", "\t", "|", "spaces")
NUMERIC = re.compile(
    r"[<>]?[+\u2212-]?"
    r"((\d{1,3}([., \u00a0\u2009\u202f'\u2019]\d{3})+|\d+)([.,]\d*)?([eE][+-]?\d+)?|[.,]\d+)"
    r"(\s?[^\d\s.,:;+-][^\d:,;]{0,11})?"
)
TIME_NAMES = re.compile(
    r"time|date|zeit|datum|stamp|uhr|tmst|last_changed|last_updated|^start$|^ts$|heure|fecha|hora|_time",
    re.IGNORECASE,
)
CLOCK_CELL = re.compile(r"\d{1,2}[:.]\d{2}([:.]\d{2}([.,]\d+)?)?(\s*[AaPp](\.?\s?[Mm])?\.?)?")
UTC_NAMES = re.compile(r"(?<![a-z])(utc|gmt)(?![a-z])", re.IGNORECASE)
HOUR_NAMES = re.compile(r"time|hhmm|hrmn|hour|zeit|uhr|heure|hora", re.IGNORECASE)
NONE = {*NOTHING, "nan"}
TRUTHS = {"true", "false", "on", "off", "yes", "no", "open", "closed", "ja", "nein", "an", "aus"}
LONGEST = 40
"""Letters of a number at most, with what stands behind it."""

DATED = 6
"""Digits of a time at least."""

TIMES_WITHIN = 200
"""Times stand among so many columns: each takes milliseconds to look at."""

BEST_WORTH = 1.5
"""What a first column of times is worth that is named so, by UTC, and read whole."""

PLAIN = re.compile(r"[+-]?[\d.,]*\d")
Row = tuple[str, ...]


@dataclass(frozen=True)
class Grid:
    """A table within a text: its rows as cells, and the lines above it."""

    delimiter: str
    numbers: list[int]
    """The line of each row, from 1."""

    rows: list[Row]
    above: list[tuple[int, Row]]
    times: tuple[int, ...]
    form: Form

    @property
    def width(self) -> int:
        return len(self.rows[0])

    def column(self, place: int) -> list[str]:
        return [row[place] for row in self.rows]

    @property
    def score(self) -> tuple[float, int]:
        """Tell how much of a table this is."""
        values = (self.column(place) for place in range(self.width))
        numeric = sum(is_numeric(cells) or is_truth(cells) for cells in values)
        return len(self.rows) * self.form.share * (numeric > 0), numeric


def is_numeric(cells: Sequence[str]) -> bool:
    """Tell whether most cells that hold something hold numbers."""
    there = [cell for cell in cells if cell.strip().casefold() not in NONE]
    numbers = sum(len(cell) < LONGEST and bool(NUMERIC.fullmatch(cell.strip())) for cell in there)
    return bool(there) and numbers * 2 >= len(there)


def is_truth(cells: Sequence[str]) -> bool:
    """Tell whether a column says yes or no."""
    words = {cell.strip().casefold() for cell in cells} - NONE
    return bool(words) and words <= TRUTHS


def cells_of(line: str, delimiter: str) -> Row:
    if delimiter == "spaces":
        return tuple(line.split())
    try:
        return tuple(cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), ()))
    except csv.Error:
        return tuple(line.split(delimiter))


def grids(sample: Sample, delimiters: Sequence[str] = DELIMITERS) -> list[Grid]:
    """Return the tables that a text may be, the likeliest first."""
    found = [grid for sign in delimiters if (grid := grid_of(sample, sign)) is not None]
    return sorted(found, key=lambda grid: grid.score, reverse=True)


def grid_of(sample: Sample, delimiter: str) -> Grid | None:
    """Return the table that a sign makes of a text, if it makes one with times in it."""
    lines = [
        (number, cells_of(line, delimiter))
        for number, line in enumerate(sample.lines, start=1)
        if line.strip()
    ]
    counts = Counter(len(cells) for _, cells in lines if len(cells) > 1)
    for width, _ in counts.most_common(2):
        fitting = [(number, cells) for number, cells in lines if len(cells) == width]
        body = fitting[min(len(fitting) // 2, 8) :] or fitting
        at = times_at([cells for _, cells in body], names_of(fitting))
        if at is None:
            continue
        places, form = at
        read = next((n for n, cells in fitting if reads(cells, places, form)), None)
        if read is None:
            continue
        first = first_of(fitting, read, places)
        above = [(n, cells) for n, cells in lines if n < first]
        # rows that cannot be read stand among those that can, but not above the first
        body = [
            (n, cells)
            for n, cells in fitting
            if n >= first and any(has_digit(cells[place]) for place in places)
        ]
        return Grid(
            delimiter, [n for n, _ in body], [cells for _, cells in body], above, places, form
        )
    return None


def first_of(fitting: Sequence[tuple[int, Row]], first: int, places: tuple[int, ...]) -> int:
    """Return the line of the first row; rows right above a good one may be wrong ones."""
    for number, cells in reversed([each for each in fitting if each[0] < first]):
        digits = sum(sign.isdigit() for place in places for sign in cells[place])
        others = [cell for place, cell in enumerate(cells) if place not in places]
        plain = any(PLAIN.fullmatch(cell) for cell in others)
        if digits < DATED or not plain or number < first - 1:
            break
        first = number
    return first


def has_digit(cell: str) -> bool:
    return any(sign.isdigit() for sign in cell)


def names_of(fitting: Sequence[tuple[int, Row]]) -> Row:
    """Return what the first row of a width says, which may be names."""
    return fitting[0][1]


def reads(cells: Row, places: tuple[int, ...], form: Form) -> bool:
    """Tell whether the times of a row can be read."""
    text = " ".join(cells[place] for place in places)
    return valid_share([text], form.forms, form.epoch)[0] == 1.0


def times_at(rows: Sequence[Row], names: Row) -> tuple[tuple[int, ...], Form] | None:
    """Return where the times of rows stand, and how they are written."""
    width = len(rows[0])
    best: tuple[float, tuple[int, ...], Form] | None = None
    for place in range(min(width, TIMES_WITHIN)):
        if best is not None and BEST_WORTH - 0.01 * place <= best[0]:
            break  # nothing behind it can be better
        cells = [row[place] for row in rows]
        named = bool(TIME_NAMES.search(names[place]))
        form = form_of(cells, named)
        if form is None:
            continue
        places: tuple[int, ...] = (place,)
        if form.date_only:
            with_clock = beside(rows, place, names, form)
            if with_clock is not None:
                places, form = with_clock
        elif form.epoch and not named and place > 0:
            continue
        by_utc = bool(UTC_NAMES.search(names[place]))
        worth = form.share + 0.3 * named - 0.01 * place + 0.1 * (not form.date_only) + 0.1 * by_utc
        if best is None or worth > best[0]:
            best = worth, places, form
    return parted(rows, names) if best is None else best[1:]


def beside(
    rows: Sequence[Row], place: int, names: Row, day: Form
) -> tuple[tuple[int, ...], Form] | None:
    """Return the date with the column of clocks that stands beside it, if there is one."""
    for other in (place + 1, place - 1):
        if not 0 <= other < len(rows[0]):
            continue
        clocks = [row[other] for row in rows if row[other]]
        joined = [f"{row[place]} {row[other]}" for row in rows]
        if clocks and sum(bool(CLOCK_CELL.fullmatch(c)) for c in clocks) * 4 >= len(clocks) * 3:
            form = form_of(joined, named_as_time=True)
            if form is not None and not form.date_only:
                return (place, other), form
        elif HOUR_NAMES.search(names[other]) and all_in(rows, other, range(2401), clock=True):
            forms = tuple(f"{each} %H%M" for each in day.forms or ("%Y-%m-%d",))
            if valid_share(joined, forms, None)[0] >= day.share:
                other_ = f"{day.otherwise} %H%M" if day.otherwise else None
                return (place, other), replace(day, forms=forms, otherwise=other_, date_only=False)
    return None
