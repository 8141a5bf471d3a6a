"""Tables in blocks of bounded size: each row with its number in the file, and nothing lost."""

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv, parquet

from dtbase.domain.imports.profiles import Profile
from dtbase.domain.readings.findings import Findings, describe
from dtbase.errors import Invalid, Violation
from dtbase.formats.arrow_batches import first_line
from dtbase.formats.csv_quotes import UNCLOSED, Quotes
from dtbase.formats.csv_rows import Uneven, decoded, uneven_rule
from dtbase.formats.parts import Part, RowNumbers
from dtbase.importing.heads import Cells, Head, read_head, refuse_wider, split
from dtbase.importing.passing import is_trailer, others, passed_over, refuse_headers, without
from dtbase.importing.sources import Source, Stream, open_text
from dtbase.importing.tally import Tally

BLOCK = 1 << 21
LONGEST_ROW = BLOCK >> 20


@dataclass(frozen=True)
class Block:
    """Some rows: their wanted columns by name, their numbers, and how far the file is read."""

    table: pa.Table
    rows: RowNumbers
    position: int


@dataclass
class Feed:
    """A stream for Arrow, which reads ahead: it remembers where the file stood at which byte."""

    stream: Stream
    closed: bool = False
    total: int = 0
    marks: list[tuple[int, int]] = field(default_factory=lambda: [(0, 0)])
    ended: bool = True
    """Whether what was read ends with the end of a line."""

    def read(self, size: int = -1) -> bytes:
        data = self.stream.text.read(size)
        self.ended = data.endswith((b"\n", b"\r")) if data else self.ended
        self.total += len(data)
        self.marks.append((self.total, self.stream.guard.position))
        return data

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True

    def position(self, byte: float) -> int:
        """Return where the file stood when so many bytes were read of what it holds."""
        while len(self.marks) > 1 and self.marks[1][0] <= byte:
            self.marks.pop(0)
        (low, at), (high, then) = self.marks[0], self.marks[min(1, len(self.marks) - 1)]
        if high <= low:
            return at
        return at + int((then - at) * (byte - low) / (high - low))


@dataclass
class Odd(Uneven):
    """Rows with more or fewer cells than others: some are no readings, the others are noted."""

    head: Head = field(kw_only=True)
    profile: Profile = field(kw_only=True)
    tally: Tally = field(kw_only=True)

    def __call__(self, row: Any) -> str:
        number = row.number + self.head.lines
        cells = split(row.text, self.profile)
        if not self._passed_over(cells, row.text):
            rule = uneven_rule(row)
            self.tally.bad_rows += 1
            violation = Violation(field="row", row=number, value=describe(row.text), rule=rule)
            self.found.add(violation)
        self.tally.rows += 1
        self._run(number)
        return "skip"

    def _passed_over(self, cells: Cells, text: str) -> bool:
        """Tell whether a row is no reading, and count it as what it is."""
        if self.profile.comments and text.startswith(self.profile.comments):
            self.tally.comments += 1
        elif cells in self.head.rows:
            self.tally.headers += 1
        elif is_trailer(cells, self.profile) or is_trailer((" ".join(cells),), self.profile):
            self.tally.trailers += 1
        elif self._is_other(cells):
            self.tally.others += 1
        else:
            return False
        return True

    def _is_other(self, cells: Cells) -> bool:
        """Tell whether a row is of those that the profile does not want."""
        for name, words in self.profile.only.items():
            place = self.head.place_of(name)
            if place < len(cells) and cells[place] not in words:
                return True
        return False

    def _run(self, number: int) -> None:
        run = self.runs.pop() if self.runs and self.runs[-1].stop == number else None
        self.runs.append(range(run.start if run else number, number + 1))


def blocks(source: Source, profile: Profile, found: Findings, tally: Tally) -> Iterator[Block]:
    """Read a file block by block; rows that cannot be read are noted and left out."""
    try:
        if source.kind == "parquet":
            yield from parquet_blocks(source, profile, tally)
        else:
            yield from text_blocks(source, profile, found, tally)
    except (pa.ArrowException, OSError) as error:
        said = first_line(error)
        if "straddl" in said:
            said = f"a row takes more than {LONGEST_ROW} MiB: {UNCLOSED}"
        raise Invalid(f"it cannot be read: {said}") from error


def text_blocks(source: Source, profile: Profile, found: Findings, tally: Tally) -> Iterator[Block]:
    """Read texts, whatever parts them."""
    with open_text(source, profile) as stream:
        head = read_head(stream, profile)
        tally.units = dict(head.units)
        places = {name: head.place_of(name) for name in profile.wanted}
        odd = Odd(found, head=head, profile=profile, tally=tally)
        quotes = Quotes(lambda: again(source, profile), found)
        first, feed = head.lines + 1, Feed(stream)
        how = options(len(head.names), sorted({0, *places.values()}), profile, odd)
        with opened(feed, how) as reader:
            for number, batch in enumerate(reader or ()):
                rows = odd.number(first, batch.num_rows)
                first = int(rows[-1]) + 1 if len(rows) else first
                tally.rows += batch.num_rows
                whole = Part(pa.Table.from_batches([batch]), rows)
                part = passed_over(decoded(whole, found), head, profile, tally)
                table = named(part.table, places)
                refuse_headers(table, part, profile)
                wanted, gone = without(Part(table, part.rows), others(table, profile))
                tally.others += gone
                kept = quotes.check(wanted, profile.columns)
                yield Block(kept.table, kept.rows, feed.position((number + 1) * BLOCK))
        tally.unended = not feed.ended


def opened(feed: Feed, how: dict[str, Any]) -> Any:
    """Open the table; one that ends with its header has no rows."""
    if not feed.stream.text.peek(1):
        return nullcontext(())
    return csv.open_csv(pa.PythonFile(feed, "r"), **how)


def again(source: Source, profile: Profile) -> Iterator[bytes]:
    """Read what a file holds once more."""
    with open_text(source, profile) as stream:
        while block := stream.text.read(BLOCK):
            yield block


def options(width: int, places: list[int], profile: Profile, odd: Odd) -> dict[str, Any]:
    """Return how Arrow is to read: as bytes, so that one wrong byte ends nothing."""
    names = [str(place) for place in range(width)]
    included = [str(place) for place in places]
    delimiter = "\t" if profile.delimiter == "spaces" else profile.delimiter
    return {
        "read_options": csv.ReadOptions(block_size=BLOCK, use_threads=False, column_names=names),
        # empty lines are counted too, or the rows below them would have other numbers
        "parse_options": csv.ParseOptions(
            delimiter=delimiter,
            quote_char=profile.quote or False,
            newlines_in_values=bool(profile.quote),
            ignore_empty_lines=False,
            invalid_row_handler=odd,
        ),
        "convert_options": csv.ConvertOptions(
            include_columns=included,
            column_types=dict.fromkeys(included, pa.binary()),
            strings_can_be_null=False,
        ),
    }


def named(table: pa.Table, places: dict[str, int]) -> pa.Table:
    """Return the wanted columns by their names."""
    return pa.table({name: table[str(place)] for name, place in places.items()})


def parquet_blocks(source: Source, profile: Profile, tally: Tally) -> Iterator[Block]:
    """Read a Parquet file in its own types."""
    with (
        source.open() as file,
        parquet.ParquetFile(
            file,
            pre_buffer=False,
            buffer_size=BLOCK,
            coerce_int96_timestamp_unit="us",  # nanoseconds end in 2262, and begin again in 1677
        ) as table,
    ):
        refuse_wider(len(table.schema_arrow.names))
        head = Head(tuple(table.schema_arrow.names), {}, (), 0)
        names = {name: head.names[head.place_of(name)] for name in profile.wanted}
        total, done = max(table.metadata.num_rows, 1), 0
        for batch in table.iter_batches(1 << 16, columns=list(dict.fromkeys(names.values()))):
            batch.validate(full=True)  # texts may be no UTF-8
            rows = np.arange(done, done + batch.num_rows) + 1
            done += batch.num_rows
            tally.rows += batch.num_rows
            read = pa.table(
                {
                    name: batch.column(batch.schema.get_field_index(as_))
                    for name, as_ in names.items()
                }
            )
            wanted, gone = without(Part(read, rows), others(read, profile))
            tally.others += gone
            yield Block(wanted.table, wanted.rows, source.size * done // total)
