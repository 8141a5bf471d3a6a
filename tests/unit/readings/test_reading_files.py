"""Files of readings: each row by the number it has in the file, whatever stands around it."""

import gzip
from itertools import chain
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

from dtbase.domain.readings.batches import TIME_RULE, Batch, Earliest, Findings
from dtbase.domain.registry.series import SeriesKey
from dtbase.errors import Invalid
from dtbase.formats import bodies
from dtbase.formats.csv_quotes import UNCLOSED
from dtbase.formats.file_layouts import Ambiguous, Layout, Part, long_parts
from dtbase.formats.files import Piece, body, pieces

HEAD = "sensor,measure,time,value\n"
LONDON = Layout(timezone=ZoneInfo("Europe/London"))


def rows_of(read: list[Piece]) -> list[int]:
    """Return the file's row of every reading."""
    return [int(row) for piece in read for body in piece.bodies for row in body.rows]


def batches_of(read: list[Piece]) -> list[Batch]:
    """Return the readings as the API reads them."""
    every = chain.from_iterable(piece.bodies for piece in read)
    return [bodies.decode(body.content, body.content_type) for body in every]


def test_rows_keep_their_numbers_below_rows_that_cannot_be_read(tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    kinds = {
        "whole": b"one,temperature,2026-01-01T00:00:00Z,20.5",
        "lines": b'one,state,2026-01-01T00:00:00Z,"on,\nthen off"',
        "empty": b"",
        "commas": b",,,",
        "short": b"one,temperature,2026-01-01T00:00:00Z",
        "long": b"one,temperature,2026-01-01T00:00:00Z,20.5,",
        "latin": b"s\xe9jour,temperature,2026-01-01T00:00:00Z,20.5",
    }
    chances = np.array([60, 1, 5, 1, 2, 1, 1]) / 71
    drawn = draw.choice(list(kinds), 80_000, p=chances).tolist()
    path = tmp_path / "some.csv"
    path.write_bytes(
        b"\xef\xbb\xbf\n\n" + HEAD.encode() + b"\r\n".join(map(kinds.__getitem__, drawn))
    )
    found = Earliest()
    read = list(pieces(path, Layout(), 0, 1_000, found))
    numbered = list(enumerate(drawn, start=4))
    assert rows_of(read) == [row for row, kind in numbered if kind in {"whole", "lines"}]
    rules = {
        "short": "must have 4 cells, not 3",
        "long": "must have 4 cells, not 5",
        "latin": "must be UTF-8",
    }
    wrong = [(row, rules[kind]) for row, kind in numbered if kind in rules]
    assert found.count == len(wrong)
    assert [(one["row"], one["rule"]) for one in found.shown] == wrong[:100]


def test_reading_goes_on_after_a_number_of_rows_also_below_empty_lines(tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    row = "one,temperature,2026-01-01T00:00:00Z,20.5\n"
    path.write_text(HEAD + (row + "\n") * 10)
    first, second, *_ = pieces(path, Layout(), 0, 7)
    assert rows_of([first, second]) == [2, 4, 6, 8, 10, 12, 14]
    assert rows_of(list(pieces(path, Layout(), first.end, 7)))[:2] == [10, 12]


@pytest.mark.parametrize("found", [None, Findings()])
def test_a_header_that_names_a_column_twice_is_refused(
    tmp_path: Path, found: Findings | None
) -> None:
    path = tmp_path / "some.csv"
    path.write_text("\nnote,note,sensor,measure,time,value,value\n\n,,a,x,2026-01-01T00:00Z,1,2\n")
    with pytest.raises(Invalid, match="the header names column 'value' more than once"):
        list(pieces(path, Layout(), 0, 10, found))
    path.write_bytes(b"\xe9,\xe9,sensor,measure,time,value\n\n,,a,x,2026-01-01T00:00Z,1\n")
    assert rows_of(list(pieces(path, Layout(), 0, 10, found))) == [3]


def test_a_row_with_too_few_cells_ends_an_import(tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    path.write_text(HEAD + "\none,temperature\n")
    with pytest.raises(Invalid, match=r"cannot be read: .*Row #3: Expected 4 columns, got 2"):
        list(pieces(path, Layout(), 0, 10))


@pytest.mark.parametrize("rows", [10, 10_000, 100_000])
@pytest.mark.parametrize("cells", ['one,temperature,2026-01-01T00:00Z,"1', 'one,temperature,"2026'])
def test_a_quotation_mark_that_is_not_closed_is_told(tmp_path: Path, rows: int, cells: str) -> None:
    path = tmp_path / "some.csv"
    row = "one,temperature,2026-01-01T00:00:00Z,20.5\n"
    path.write_text(HEAD + row + cells + "\n" + row * rows)
    found, said = Findings(), ""
    try:
        read = list(pieces(path, Layout(), 0, 50_000, found))
        said = "".join(violation["rule"] for violation in found.shown) + str(batches_of(read))
    except Invalid as error:
        said = error.detail
    assert "quotation mark not closed" in said or "20.5\\none" in said


@pytest.mark.parametrize("rows", [3, 20_000])
@pytest.mark.parametrize("last", ["", 'one,state,2026-01-01T02:00:00Z,"off"\n'])
@pytest.mark.parametrize("columns", [{}, {"value": SeriesKey(sensor="one", measure="state")}])
def test_a_text_whose_quotation_mark_is_not_closed_is_refused_by_row(
    tmp_path: Path, rows: int, last: str, columns: dict[str, SeriesKey]
) -> None:
    path, layout = tmp_path / "some.csv.gz", Layout(columns=columns)
    good = 'one,state,2026-01-01T00:00:00Z,"on,\n""then"" off"\n' * 60_000
    swallowed = "one,state,2026-01-01T01:00:00Z,on\n" * rows
    text = HEAD + good + 'one,state,2026-01-01T00:30:00Z,"off\n' + swallowed + last
    path.write_bytes(gzip.compress(text.encode(), 1))
    with pytest.raises(Invalid, match=r"row 60002: 'off.* takes [\d,]+ lines .*closed"):
        list(pieces(path, layout, 0, 50_000))
    found = Findings()
    assert rows_of(list(pieces(path, layout, 0, 50_000, found))) == list(range(2, 60_002))
    assert [(one["row"], UNCLOSED in one["rule"]) for one in found.shown] == [(60_002, True)]


def test_a_file_that_is_cut_off_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "some.csv.gz"
    lines = "".join(f"one,temperature,2026-01-01T00:00:00Z,{n}\n" for n in range(200_000))
    packed = gzip.compress((HEAD + lines).encode())
    path.write_bytes(packed[: len(packed) * 9 // 10])
    read = pieces(path, Layout(), 0, 1_000)
    assert rows_of([next(read)])[-1] == 1_001
    with pytest.raises(Invalid, match="it cannot be read: Truncated"):
        list(read)


def test_one_wrong_time_leaves_the_others_their_zone(tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    times = ["2026-07-01 12:00", "yesterday", "2026-07-01T12:00:00.25", "2026-07-01T12:00+02:00"]
    path.write_text(HEAD + "".join(f"one,temperature,{time},1\n" for time in times))
    (batch,) = batches_of(list(pieces(path, LONDON, 0, 10)))
    assert [(one["row"], one["value"]) for one in batch.findings.shown] == [(3, "yesterday")]
    (segment,) = batch.segments
    assert segment.times.astype(str).tolist() == [
        "2026-07-01T11:00:00.000000",
        "2026-07-01T11:00:00.250000",
        "2026-07-01T10:00:00.000000",
    ]


def test_texts_of_parquet_that_are_no_utf8_are_told_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "some.parquet"
    times = pa.Array.from_buffers(pa.string(), 1, pa.array([b"2026-\xff"]).buffers())
    table = pa.table({"sensor": ["a"], "measure": ["x"], "time": times, "value": [1.5]})
    parquet.write_table(table, path)
    with pytest.raises(Invalid, match=r"it cannot be read: .* UTF8"):
        list(pieces(path, LONDON, 0, 10))


def test_local_times_of_a_dictionary_are_placed_in_the_zone(tmp_path: Path) -> None:
    path = tmp_path / "some.parquet"
    times = pa.array(["2026-07-01 12:00", "2026-01-01 12:00", "2026-07-01 12:00"])
    names = {name: ["a"] * 3 for name in ("sensor", "measure")}
    table = pa.table({**names, "time": times.dictionary_encode(), "value": [1.5] * 3})
    parquet.write_table(table, path)
    (batch,) = batches_of(list(pieces(path, LONDON, 0, 10)))
    assert batch.findings.count == 0
    assert batch.segments[0].times.astype(str).tolist() == [
        "2026-07-01T11:00:00.000000",
        "2026-01-01T12:00:00.000000",
        "2026-07-01T11:00:00.000000",
    ]


@pytest.mark.parametrize("ambiguous", ["refuse", "latest"])
def test_local_times_that_the_clocks_skip_or_repeat_are_noted_by_row(
    tmp_path: Path, ambiguous: Ambiguous
) -> None:
    path = tmp_path / "some.parquet"
    index = pd.date_range("2026-01-01", "2026-12-31", freq="30min").rename("time")
    frame = pd.DataFrame({"t": np.arange(len(index)) * 1.0}, index).reset_index()
    frame.to_parquet(path)
    found = Findings()
    columns = {"t": SeriesKey(sensor="one", measure="temperature")}
    layout = Layout("time", columns, ZoneInfo("Europe/London"), ambiguous)
    read = list(pieces(path, layout, 0, 5_000, found))
    assert len(rows_of(read)) == len(frame)
    wrong = {"2026-03-29 01:00:00": "does not exist", "2026-10-25 01:00:00": "comes twice"}
    expected = [
        (row + half, rule)
        for row, time in enumerate(frame["time"], start=1)
        for half in (0, 1)
        if (rule := wrong.get(str(time))) and not (rule == "comes twice" and ambiguous == "latest")
    ]
    told = [(one["row"], one["rule"].partition(" in")[0]) for one in found.shown]
    assert told == expected


@pytest.mark.parametrize("layout", [LONDON, Layout(timezone=ZoneInfo("America/New_York"))])
@pytest.mark.parametrize(
    ("kind", "far"),
    [
        (pa.timestamp("s"), (2**60 + 7, -(2**63), -(2**63) + 1, 2**63 - 1)),
        (pa.timestamp("ms"), (-(2**63), 2**63 - 1)),
        (pa.timestamp("us"), (-(2**63), 2**63 - 1)),
        (pa.timestamp("ns"), (-(2**63), 2**63 - 1)),
        (pa.date32(), (-(2**31), 2**31 - 1)),
    ],
)
def test_local_times_far_out_are_refused_and_not_taken_for_others(
    layout: Layout, kind: pa.DataType, far: tuple[int, ...]
) -> None:
    counts = pa.array([0, *far], pa.int32() if kind == pa.date32() else pa.int64())
    names = {name: [name] * len(counts) for name in ("sensor", "measure")}
    table = pa.table({**names, "time": counts.cast(kind), "value": [1.5] * len(counts)})
    part = Part(table, np.arange(len(counts)) + 1)
    (long,) = long_parts(part, layout)
    sent = body(long, as_text=False)
    batch = bodies.decode(sent.content, sent.content_type)
    assert [sent.row_of(v["row"]) for v in batch.findings.shown] == list(range(2, len(counts) + 1))
    assert {v["rule"] for v in batch.findings.shown} == {TIME_RULE}
    assert len(batch) == 1


def test_old_timestamps_of_parquet_do_not_turn_over_in_2262(tmp_path: Path) -> None:
    path = tmp_path / "old.parquet"
    time = pa.array([np.datetime64("2300-01-01", "us")])
    table = pa.table({"sensor": ["a"], "measure": ["x"], "time": time, "value": [1.5]})
    parquet.write_table(table, path, use_deprecated_int96_timestamps=True)
    (batch,) = batches_of(list(pieces(path, LONDON, 0, 10)))
    (violation,) = batch.findings.shown
    assert violation["value"] == "2300-01-01T00:00:00Z"


def test_a_wide_file_brings_no_more_readings_at_once_than_a_long_one(tmp_path: Path) -> None:
    names = [f"s{number}" for number in range(60)]
    times = pd.date_range("2026-01-01", periods=500, freq="min", tz="UTC")
    path = tmp_path / "wide.csv"
    pd.DataFrame(1.5, index=times, columns=names).to_csv(path, index_label="time")
    columns = {name: SeriesKey(sensor=name, measure="temperature") for name in names}
    read = list(pieces(path, Layout(columns=columns), 0, 6_000))
    assert [len(body.rows) for piece in read for body in piece.bodies] == [6_000] * 5
