"""Rows that hold no readings: empty ones, headers again, comments, summaries, and others."""

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from dtbase.domain.imports.profiles import Profile
from dtbase.domain.readings.batches import Mask
from dtbase.errors import Invalid
from dtbase.formats.parts import Part
from dtbase.importing.heads import Cells, Head
from dtbase.importing.tally import Tally


def is_trailer(cells: Cells, profile: Profile) -> bool:
    """Tell whether a row begins as summaries do."""
    first = next((cell for cell in cells if cell), "").rstrip(":").casefold()
    return first in {word.casefold() for word in profile.trailers}


def passed_over(part: Part, head: Head, profile: Profile, tally: Tally) -> Part:
    """Leave out what is no reading, and count it as what it is: empty, header, comment, summary."""
    columns = {int(name): part.table[name] for name in part.table.column_names}
    first = pc.utf8_trim_whitespace(columns[0])
    part, gone = without(part, empty(columns))
    tally.empty += gone
    for above in head.rows:
        if any(above[place : place + 1] for place in columns):
            part, gone = without(part, same(part, above))
            tally.headers += gone
    if profile.comments:
        starts = pc.starts_with(part.table["0"], profile.comments)
        part, gone = without(part, starts.to_numpy())
        tally.comments += gone
    if profile.trailers and len(first):
        words = pa.array([word.casefold() for word in profile.trailers], pa.string())
        begins = pc.utf8_lower(pc.utf8_rtrim(beginnings(part), ":"))
        part, gone = without(part, pc.is_in(begins, words).to_numpy())
        tally.trailers += gone
    return part


def refuse_headers(table: pa.Table, part: Part, profile: Profile) -> None:
    """Refuse what stands below a header of other columns: it would be read as of these."""
    name = profile.time.columns[0]
    again_ = pc.equal(pc.utf8_trim_whitespace(table[name]), name)
    if pc.any(again_).as_py():
        row = int(part.rows[pc.index(again_, True).as_py()])
        raise Invalid(
            f"row {row} is a header that names other columns: say `headers: changing` in a profile,"
            " or part the file there",
            field="headers",
        )


def others(table: pa.Table, profile: Profile) -> Mask:
    """Tell which rows are of those that the profile does not want."""
    gone = np.zeros(table.num_rows, dtype=bool)
    for name, words in profile.only.items():
        texts = pc.utf8_trim_whitespace(pc.cast(table[name], pa.string()))
        gone |= ~pc.fill_null(pc.is_in(texts, pa.array(words, pa.string())), False).to_numpy()
    return gone


def beginnings(part: Part) -> Any:
    """Return the first cell of each row that holds something, among those that are read."""
    columns = [part.table[name] for name in sorted(part.table.column_names, key=int)]
    texts = [pc.utf8_trim_whitespace(each) for each in columns]
    begins = texts[0]
    for text in texts[1:]:
        empty_ = pc.equal(begins, "")
        if not pc.any(empty_).as_py():
            break
        begins = pc.if_else(empty_, text, begins)
    return begins


def without(part: Part, gone: Mask) -> tuple[Part, int]:
    """Return the other rows, and how many are gone."""
    count = int(gone.sum())
    return (part.filter(~gone), count) if count else (part, 0)


def empty(columns: dict[int, Any]) -> Mask:
    """Tell which rows hold nothing, or blanks alone, in the columns that are read."""
    first = pc.equal(pc.binary_length(columns[0]), 0)
    if not pc.any(pc.less_equal(pc.binary_length(columns[0]), 2)).as_py():
        return np.zeros(len(first), dtype=bool)
    blank = [
        pc.equal(pc.utf8_length(pc.utf8_trim_whitespace(each)), 0) for each in columns.values()
    ]
    gone: Mask = np.logical_and.reduce([each.to_numpy() for each in blank])
    return gone


def same(part: Part, above: Cells) -> Mask:
    """Tell which rows say what a line above the table says."""
    equal = np.ones(len(part.rows), dtype=bool)
    for name in part.table.column_names:
        if not equal.any():
            break
        cell = above[int(name)] if int(name) < len(above) else ""
        equal &= pc.equal(pc.utf8_trim_whitespace(part.table[name]), cell).to_numpy()
    return equal
