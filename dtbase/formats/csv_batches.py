"""Readings written as CSV: one row for each reading, numbered as a spreadsheet numbers them."""

from csv import Error as CsvError
from csv import reader
from io import BytesIO

import pyarrow as pa
from pyarrow import csv

from dtbase.domain.readings.batches import Batch
from dtbase.domain.readings.findings import Findings, describe
from dtbase.domain.registry.stamps import SAYING
from dtbase.errors import Invalid, Violation
from dtbase.formats.arrow_batches import COLUMNS, check_columns, first_line, split
from dtbase.formats.csv_quotes import UNCLOSED, Quotes, run_on_rule
from dtbase.formats.csv_rows import (
    FIRST_ROW,
    Uneven,
    leading_empty_lines,
    without_empty,
)
from dtbase.formats.parts import Part


def decode(body: bytes) -> Batch:
    """Read a batch from CSV with the header sensor,measure,time,value in any order.

    Beside them may stand what is said of each reading, such as its unit.
    """
    findings = Findings()
    try:
        body = body if body.isascii() else body.decode("utf-8-sig").encode()
        part = read(body, Uneven(findings))
    except (pa.ArrowInvalid, pa.ArrowKeyError, UnicodeDecodeError) as error:
        raise Invalid(f"the CSV cannot be read: {reason(error)}", field="body") from error
    batch = split(part.table, part.rows, findings, text=True)
    note_run_on(part, body, findings)
    return batch


def read(body: bytes, uneven: Uneven) -> Part:
    """Read rows of texts; those with too few or too many cells are noted and left out."""
    empty = leading_empty_lines(body)
    table = csv.read_csv(
        BytesIO(body),
        # with threads, Arrow does not tell the number of a row
        read_options=csv.ReadOptions(use_threads=False, skip_rows=empty),
        parse_options=csv.ParseOptions(
            newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=uneven
        ),
        convert_options=csv.ConvertOptions(
            column_types=dict.fromkeys((*COLUMNS, *SAYING), pa.string()), strings_can_be_null=False
        ),
    )
    check_columns(table)
    return without_empty(Part(table, uneven.number(FIRST_ROW + empty, table.num_rows)))


def note_run_on(part: Part, body: bytes, findings: Findings) -> None:
    """Note the first value that is not closed as it should be."""
    if ends_open(part, body):
        findings.add(run_on(part, -1))
        return
    if b"\r" not in body and body.count(b"\n") <= len(part.rows) + 1:
        return  # each row is a line
    place = Quotes(lambda: iter((body,)), findings).first(part, "value")
    if place is not None:
        findings.add(run_on(part, place))


def ends_open(part: Part, body: bytes) -> bool:
    """Tell whether the last row is one line, and ends within a quotation that it opened."""
    end = len(body) - 1 if body.endswith(b"\n") else len(body)
    line = body[body.rfind(b"\n", 0, end) + 1 :].decode()
    try:
        list(reader([line], strict=True))
    except CsvError:
        cells = next(reader([line]), None)
        return bool(len(part.rows)) and cells == [each[-1].as_py() for each in part.table.columns]
    return False


def run_on(part: Part, place: int) -> Violation:
    """Say that a value swallows the rows below it."""
    sensor, measure, value = (
        part.table[name][place].as_py() for name in ("sensor", "measure", "value")
    )
    return Violation(
        field="values",
        series=f"{sensor}/{measure}",
        row=int(part.rows[place]),
        value=describe(value),
        rule=run_on_rule(value),
    )


def reason(error: Exception) -> str:
    """Return what an error says in one line, and what a row that takes many most likely means."""
    said = str(error)
    if "straddl" in said:
        return f"a row takes more than 1 MiB: {UNCLOSED}"
    return f"{first_line(error)} …: {UNCLOSED}" if "\n" in said.strip() else said
