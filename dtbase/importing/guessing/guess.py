"""A profile made from what a file looks like, with all that it is not sure of."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from dtbase.domain.imports.patterns import identifier
from dtbase.domain.imports.profiles import TRAILERS, Profile, written
from dtbase.errors import Invalid
from dtbase.importing.guessing import formats, samples
from dtbase.importing.guessing.columns import columns_of
from dtbase.importing.guessing.forms import Form
from dtbase.importing.guessing.grids import DELIMITERS, Grid, cells_of, grids
from dtbase.importing.guessing.headings import heading
from dtbase.importing.guessing.samples import Sample
from dtbase.importing.guessing.signs import signs_of, unit_in
from dtbase.importing.guessing.tables import parquet_guess
from dtbase.importing.heads import refuse_wider
from dtbase.importing.sources import Source

ZONE = "which zone its times are of: --timezone ZONE"
OFFSET = re.compile(
    r"(?i)(?<![a-z])(?:UTC|GMT)(?:\s*([+-])\s*(\d{1,2})(?::?(\d{2}))?)?(?![a-z0-9])"
)
SENTINELS = {-999.0, -9999.0, -99999.0, -999.9, -9999.9, -999.99, -6999.0, -7999.0, -999999.0}
"""Numbers that loggers and agencies write where they have none."""

PLAIN_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")
ORDER = re.compile(r"(?i)\b([dm])[dm]?[-/. ][dm]{1,2}[-/. ]y")
END = re.compile(r"end of (data|file|log)", re.IGNORECASE)
LONGEST_END = 100
WIDEST = 12
BETWEEN = {
    "+04:30": "Asia/Kabul", "+05:30": "Asia/Kolkata", "+05:45": "Asia/Kathmandu",
    "+06:30": "Asia/Yangon", "+08:45": "Australia/Eucla", "+09:30": "Australia/Darwin",
    "-09:30": "Pacific/Marquesas",
}  # fmt: skip
"""Zones without summer time whose offsets are no whole hours."""

NO_TABLE = (
    "no table of times and numbers is found in it; say by --delimiter what parts its cells, by"
    " --header-line which line names the columns, and by --time which column holds the times"
)


@dataclass(frozen=True)
class Guess:
    """How a file is most likely read."""

    kind: str
    """What it is taken for, such as Campbell TOA5."""

    profile: Profile
    doubts: tuple[str, ...] = ()
    """What is not sure, each with the option that says it."""

    left_out: tuple[str, ...] = ()
    """Columns that hold no values."""

    sensor: str = ""
    undecided: frozenset[str] = field(default_factory=frozenset)
    """Parts of the profile that whoever imports must say: `timezone`, `order`."""


def guess(source: Source, given: Mapping[str, Any] | None = None) -> Guess:
    """Guess how a file is read; what is given is taken as said."""
    said = dict(given or {})
    if source.kind == "parquet":
        table: Guess = parquet_guess(source, stem(source.name), Guess)
        return table
    sample = samples.take(source, said.get("sheet"), said.get("encoding"))
    found = guess_text(sample, stem(source.name), said)
    if said.get("sheet"):
        profile = found.profile.model_copy(update={"sheet": said["sheet"]})
        found = replace(found, profile=profile)
    return found


def stem(name: str) -> str:
    """Return the name of a file as one of a sensor."""
    return identifier(name.split(".")[0])


def guess_text(sample: Sample, sensor: str, said: Mapping[str, Any]) -> Guess:
    """Guess how a text is read: as a kind that is known by name, or by what its cells hold."""
    known = formats.recognised(sample, sensor)
    if known is not None:
        kind, document, unsure = known
        return Guess(
            kind, profile_of(document, sample), (ZONE,) if unsure else (), sensor=sensor,
            undecided=frozenset({"timezone"} if unsure else ()),
        )  # fmt: skip
    delimiter = said.get("delimiter")
    found = grids(sample, (delimiter,) if delimiter else DELIMITERS)
    if not found or found[0].score[0] == 0:
        raise Invalid(NO_TABLE, field="file")
    return from_grid(found[0], sample, sensor, named=said.get("names", 1) is not None)


def profile_of(document: Mapping[str, Any], sample: Sample) -> Profile:
    """Make a profile in the encoding of a sample."""
    return Profile.model_validate({"encoding": sample.encoding, **document})


def from_grid(grid: Grid, sample: Sample, sensor: str, *, named: bool) -> Guess:
    """Describe a table that was found by its cells."""
    refuse_wider(grid.width)
    head = heading(grid, named=named)
    names = head.names
    grid = replace(grid, form=in_order(grid.form, " ".join(names[place] for place in grid.times)))
    columns = columns_of(grid, head, sensor)
    signs = signs_of(columns.texts, continental=is_continental(grid))
    zone = zone_in(" ".join(names[place] for place in grid.times))
    document = {
        "delimiter": grid.delimiter,
        "decimal": signs.decimal,
        "thousands": signs.thousands,
        **head.lines,
        "comments": comments_of(grid, sample),
        "trailers": trailers_of(sample, grid.delimiter),
        "time": time_of(grid, names, zone if grid.form.naive else None),
        **columns.document,
        **arrays_of(grid, sample, columns.document["columns"]),
    }
    document |= changing(grid, sample, names, columns.document, sensor)
    nothing = sentinels(grid, names, columns.document["columns"], signs.decimal)
    if nothing:
        document["nothing_values"] = nothing
    long = bool(columns.document.get("keys"))
    kind = "a long table" if long else "a table with a column for each series"
    unsure = dict(undecided_of(grid.form, zone, signs.doubt))
    doubts = [*unsure.values(), *unsure_of(grid.form, sample), *doubts_of_nothing(nothing)]
    doubts += [
        f"of the other rows: only those are read that begin with {words[0]} (only)"
        for words in document.get("only", {}).values()
    ]
    return Guess(
        kind, profile_of(document, sample), tuple(doubts), columns.left_out, sensor,
        frozenset(unsure),
    )  # fmt: skip


def arrays_of(grid: Grid, sample: Sample, columns: dict[str, Any]) -> dict[str, Any]:
    """Describe the arrays of old Campbell loggers: rows of several kinds, each by a number."""
    form = grid.form.forms[0] if grid.form.forms else ""
    if not form.endswith("%j %H%M") or grid.times[0] != 1 or len(set(grid.column(0))) > 1:
        return {}
    if len(columns) > 1:
        columns.pop("#1", None)
    firsts = {next(iter(cells_of(line, grid.delimiter)), "") for line in sample.lines if line}
    return {"only": {"#1": [grid.rows[0][0]]}} if len(firsts) > 1 else {}


def is_continental(grid: Grid) -> bool:
    """Tell whether points may part thousands, as in the countries that write 28.03.2026."""
    return grid.delimiter != "," and any("%d.%m" in form for form in grid.form.forms)


def in_order(form: Form, name: str) -> Form:
    """Return a form whose order of day and month the column's name tells, such as DD/MM/YYYY."""
    told = ORDER.search(name)
    if form.otherwise is None or told is None:
        return form
    wanted = told[1].casefold() == "d"
    both = (form.forms[0], form.otherwise)
    first = next(each for each in both if (each.find("%d") < each.find("%m")) == wanted)
    return replace(form, forms=(first,), otherwise=None)


def changing(
    grid: Grid, sample: Sample, names: Sequence[str], document: Mapping[str, Any], sensor: str
) -> dict[str, Any]:
    """Describe a table in which headers further below name other columns."""
    times = {names[place] for place in grid.times}
    below = [cells_of(line, grid.delimiter) for line in sample.lines[grid.numbers[0] :]]
    headers = [cells for cells in below if times <= set(cells) and list(cells) != list(names)]
    if not headers or document["keys"] or any(name.startswith("#") for name in document["columns"]):
        return {}
    more = {name for cells in headers for name in cells if name} - {*names}
    columns = dict(document["columns"])
    for name in sorted(more):
        bare, unit = unit_in(name)
        series = f"{sensor}/{identifier(bare)}"
        columns[name] = {"series": series, **({"unit": unit} if unit else {})}
    return {"headers": "changing", "columns": columns}


def sentinels(
    grid: Grid, names: Sequence[str], columns: Mapping[str, Any], decimal: str
) -> list[float]:
    """Return numbers that stand for no value: far below all others of their column."""
    found = set()
    for place, name in enumerate(names):
        if name not in columns:
            continue
        cells = [cell.replace(decimal, ".") for cell in grid.column(place)]
        numbers = {float(cell) for cell in cells if PLAIN_NUMBER.fullmatch(cell)}
        low = numbers & SENTINELS
        others = numbers - low
        if low and (not others or min(others) > max(low) / 2):
            found |= low
    return sorted(found)


def doubts_of_nothing(values: Sequence[float]) -> Iterator[str]:
    """Yield that numbers are taken for none."""
    if values:
        shown = ", ".join(f"{value:g}" for value in values)
        yield f"whether {shown} is measured: it is taken for no value (nothing_values)"


def undecided_of(form: Form, zone: str | None, decimal: str | None) -> Iterator[tuple[str, str]]:
    """Yield what cannot be known from the file, by the part of the profile that has to say it."""
    if form.naive and zone is None:
        yield "timezone", ZONE
    if form.otherwise:
        words = "whether its days or its months come first: --time-form"
        yield "order", f"{words} '{form.forms[0]}' or '{form.otherwise}'"
    if decimal:
        yield "decimal", decimal


def unsure_of(form: Form, sample: Sample) -> Iterator[str]:
    """Yield what is likely, and may be otherwise."""
    if form.share < 1:
        shown = " or ".join(f"{written(each)} ({each})" for each in form.forms) or "ISO 8601"
        yield f"all its times: some are not written as {shown}"
    if not sample.sure:
        yield f"its encoding, which may be {sample.encoding}: --encoding NAME"


def zone_in(name: str) -> str | None:
    """Return the zone that a column's name says, such as GMT+01:00 or UTC."""
    found = OFFSET.search(name)
    if found is None:
        return None
    hours, minutes = int(found[2] or 0), int(found[3] or 0)
    if minutes:
        return BETWEEN.get(f"{found[1]}{hours:02}:{minutes:02}")
    if not hours:
        return "UTC"
    # POSIX counts to the west
    return f"Etc/GMT{'-' if found[1] == '+' else '+'}{hours}" if hours <= WIDEST else None


def time_of(grid: Grid, names: Sequence[str], zone: str | None) -> dict[str, Any]:
    """Describe the columns of times."""
    time: dict[str, Any] = {"columns": [names[place] for place in grid.times]}
    if zone:
        time["timezone"] = zone
    if grid.form.forms:
        time["form"] = list(grid.form.forms)
    if grid.form.epoch:
        time["epoch"] = grid.form.epoch
    return time


def comments_of(grid: Grid, sample: Sample) -> str:
    """Return the sign of comments, where lines begin with one."""
    starts = [line[:1] for line in sample.lines if line.strip()]
    named = any(
        cells and cells[0].startswith("#") and len(cells) == grid.width for _, cells in grid.above
    )
    for sign in "#%!":
        if sign in starts and not named and not grid.rows[0][0].startswith(sign):
            return sign
    return ""


def trailers_of(sample: Sample, delimiter: str) -> list[str]:
    """Return the words of summaries that stand at the end."""
    firsts = {
        next((cell for cell in cells_of(line, delimiter) if cell), "").rstrip(":").casefold()
        for line in [*sample.last, *sample.lines[-samples.LAST_LINES :]]
    }
    found = [word for word in TRAILERS if word in firsts]
    ends = [" ".join(line.split()) for line in sample.last if line.strip()][-1:]
    return found + [end.casefold() for end in ends if END.match(end) and len(end) <= LONGEST_END]
