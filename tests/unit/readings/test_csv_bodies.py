"""Bodies of CSV: rows as an editor numbers them, and no quotation mark that swallows some."""

import csv
from io import StringIO

import numpy as np
import pytest

from dtbase.errors import Invalid
from dtbase.formats import bodies, times
from tests.unit.readings.test_formats import CSV, EXPECTED, TIMES, content


@pytest.mark.parametrize("rows", [2, 60_000])
def test_a_quotation_mark_that_is_not_closed_is_guessed_from_what_cannot_be_read(
    rows: int,
) -> None:
    body = b'sensor,measure,time,value\n"one' + b"\nb,x,2026-01-31T12:00:00Z,1.5" * rows
    with pytest.raises(Invalid, match="is a quotation mark not closed"):
        bodies.decode(body, "text/csv").findings.refuse()


CSV_HEAD = b"sensor,measure,time,value\n"


@pytest.mark.parametrize(
    "cells",
    [
        b'"abc\na,x,2026-09-01T01:00:00Z,def\n',
        b'"abc\na,x,2026-09-01T01:00:00Z,def',
        b'"abc\r\na,x,2026-09-01T01:00:00Z,"def"\r\n',
        b'"abc\na,x,2026-09-01T01:00:00Z,"d""ef"\na,x,2026-09-01T02:00:00Z,"ghi"\n',
        b'"abc\n',
        b'"abc""\n',
    ],
)
def test_a_quotation_mark_that_is_not_closed_swallows_no_rows(cells: bytes) -> None:
    good = b'a,x,2026-08-31T00:00:00Z,"two\nlines"\na,x,2026-08-31T01:00:00Z,6" pipe\n'
    body = CSV_HEAD + good + b"a,x,2026-09-01T00:00:00Z," + cells
    findings = bodies.decode(body, "text/csv").findings
    (violation,) = findings.shown
    assert (violation["series"], violation["row"]) == ("a/x", 4)
    assert "is a quotation mark not closed?" in violation["rule"]


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_quotation_mark_that_the_last_line_does_not_close_is_named(end: str) -> None:
    body = CSV_HEAD + b'a,x,2026-09-01T00:00:00Z,def\na,x,2026-09-01T01:00:00Z,"abc' + end.encode()
    (violation,) = bodies.decode(body, "text/csv").findings.shown
    assert (violation["row"], violation["value"]) == (3, f"abc{end}")
    assert "is a quotation mark not closed?" in violation["rule"]


@pytest.mark.parametrize("text", ["x\n", "x\n,", "q\n1,2,3,", 'x\n"', '"', '\n"y', "a\r\n", 'b"'])
def test_a_last_text_that_only_looks_unclosed_is_read(text: str) -> None:
    sink = StringIO()
    csv.writer(sink).writerow(["a", "x", TIMES[0], text])
    for end in ("\r\n", "\n", ""):
        row = sink.getvalue().removesuffix("\r\n") + end
        batch = bodies.decode(CSV_HEAD + row.encode(), "text/csv")
        assert batch.findings.count == 0
        assert [value for part in batch.segments for value in part.values] == [text]


def test_texts_with_quotation_marks_and_lines_are_read_as_any_writer_of_csv_writes_them() -> None:
    draw = np.random.default_rng(1)
    texts = ["".join(draw.choice(list('a"\r\n, é'), draw.integers(1, 7))) for _ in range(3_000)]
    for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL):
        sink = StringIO()
        writer = csv.writer(sink, quoting=quoting)
        writer.writerow(["value", "sensor", "measure", "time"])
        writer.writerows([text, "a", "x", TIMES[0]] for text in texts)
        batch = bodies.decode(sink.getvalue().encode(), "text/csv")
        assert batch.findings.count == 0
        assert [value for part in batch.segments for value in part.values] == texts


def test_rows_of_csv_with_too_few_or_too_many_cells_are_named() -> None:
    body = b"\n" + CSV.encode() + b"\nx,a,2026-01-31T12:00:00Z\nx,a,soon,1\nx,a,b,c,d\n,,,\n"
    findings = bodies.decode(body, "text/csv").findings
    assert {violation["row"]: violation["rule"] for violation in findings.shown} == {
        6: "must have 4 cells, not 3",
        7: times.RULE,
        8: "must have 4 cells, not 5",
    }


def test_a_csv_of_nothing_but_wrong_rows_is_refused_by_row() -> None:
    with pytest.raises(Invalid, match="first: row 2: 'a,x' must have 4 cells, not 2"):
        bodies.decode(CSV_HEAD + b"a,x\n", "text/csv").findings.refuse()


def test_a_csv_may_begin_with_the_mark_that_spreadsheets_write() -> None:
    assert content(bodies.decode(b"\xef\xbb\xbf" + CSV.encode(), "text/csv")) == EXPECTED


def test_a_csv_row_is_counted_as_an_editor_counts_lines() -> None:
    batch = bodies.decode(f"{CSV}x,a,soon,1\n".encode(), "text/csv")
    assert [violation["row"] for violation in batch.findings.shown] == [4]
