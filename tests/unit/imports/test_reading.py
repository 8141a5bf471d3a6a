"""Files of readings: each row by the number it has in the file, whatever stands around it."""

import gzip
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import csv, parquet

from dtbase.domain.imports.profiles import LONG
from dtbase.domain.readings.batches import TIME_RULE
from dtbase.domain.registry.measures import Datatype
from dtbase.errors import Invalid
from dtbase.formats.csv_quotes import UNCLOSED
from dtbase.importing.naming import Known
from dtbase.importing.sources import Source
from dtbase.importing.times import UNDECIDED
from tests.reading_files import read

HEAD = "sensor,measure,time,value\n"
LONDON = {**LONG, "time": {"timezone": "Europe/London"}}
STATE = {"one/state": Known(Datatype.STRING)}


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
    known = {**STATE, "one/temperature": Known()}
    was = read(path, {**LONG, "duplicates": "last"}, known, size=1_000)
    numbered = list(enumerate(drawn, start=4))
    rules = {
        "short": "must have 4 cells, not 3",
        "long": "must have 4 cells, not 5",
        "latin": "must be UTF-8",
    }
    wrong = [(row, rules[kind]) for row, kind in numbered if kind in rules]
    assert was.found.count == len(wrong)
    assert was.rules == wrong[:100]
    counts = was.tally
    assert counts.rows == len(drawn)
    assert counts.empty == drawn.count("empty") + drawn.count("commas")
    assert counts.readings == drawn.count("whole") + drawn.count("lines")
    # rows of one time are put together, piece by piece; the last stands for all
    kept = {row for row, kind in numbered if kind in {"whole", "lines"}}
    assert set(was.rows) <= kept
    assert max(was.rows) == max(kept)


def test_a_header_that_names_a_column_twice_is_refused_unless_its_place_is_said(
    tmp_path: Path,
) -> None:
    path = tmp_path / "some.csv"
    path.write_text("\nnote,note,sensor,measure,time,value,value\n\n,,a,x,2026-01-01T00:00Z,1,2\n")
    with pytest.raises(Invalid, match="names column 'value' more than once: say #6, #7 instead"):
        read(path)
    by_place = {**LONG, "columns": {"#7": "{sensor}/{measure}"}}
    assert read(path, by_place).readings == [("a/x", "2026-01-01T00:00:00Z", 2.0)]


@pytest.mark.parametrize("rows", [10, 10_000, 100_000])
@pytest.mark.parametrize("cells", ['one,temperature,2026-01-01T00:00Z,"1', 'one,temperature,"2026'])
def test_a_quotation_mark_that_is_not_closed_is_told(tmp_path: Path, rows: int, cells: str) -> None:
    path = tmp_path / "some.csv"
    row = "one,temperature,2026-01-01T00:00:00Z,20.5\n"
    path.write_text(HEAD + row + cells + "\n" + row * rows)
    try:
        said = str(read(path, {**LONG, "duplicates": "last"}).found.shown)
    except Invalid as error:
        said = error.detail
    assert "quotation mark not closed" in said or "20.5\\none" in said


@pytest.mark.parametrize("rows", [3, 20_000])
@pytest.mark.parametrize("last", ["", 'one,state,2026-01-01T02:00:00Z,"off"\n'])
def test_a_text_whose_quotation_mark_is_not_closed_is_told_by_row(
    tmp_path: Path, rows: int, last: str
) -> None:
    path = tmp_path / "some.csv.gz"
    good = 'one,state,2026-01-01T00:00:00Z,"on,\n""then"" off"\n' * 60_000
    swallowed = "one,state,2026-01-01T01:00:00Z,on\n" * rows
    text = HEAD + good + 'one,state,2026-01-01T00:30:00Z,"off\n' + swallowed + last
    path.write_bytes(gzip.compress(text.encode(), 1))
    was = read(path, known=STATE)
    assert [(one["row"], UNCLOSED in one["rule"]) for one in was.found.shown] == [(60_002, True)]
    assert (
        was.tally.merged
        == 60_000
        - len(was.pieces[0].segments)
        - sum(len(each) for piece in was.pieces for each in piece.again)
        or was.tally.readings == 60_000
    )


def test_a_file_that_is_cut_off_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "some.csv.gz"
    lines = "".join(f"one,temperature,{1_700_000_000 + n},{n}\n" for n in range(200_000))
    packed = gzip.compress((HEAD + lines).encode())
    path.write_bytes(packed[: len(packed) * 9 // 10])
    with pytest.raises(Invalid, match="it cannot be read: Truncated"):
        read(path, {**LONG, "time": {"epoch": "s"}})


def test_one_wrong_time_leaves_the_others_their_zone(tmp_path: Path) -> None:
    path = tmp_path / "some.csv"
    times = ["2026-07-01 12:00", "yesterday", "2026-07-01T12:00:00.25", "2026-07-01T12:00+02:00"]
    path.write_text(HEAD + "".join(f"one,temperature,{time},1\n" for time in times))
    was = read(path, LONDON)
    assert [(one["row"], one["value"]) for one in was.found.shown] == [(3, "yesterday")]
    assert [time for _, time, _ in was.readings] == [
        "2026-07-01T11:00:00Z",
        "2026-07-01T11:00:00.250000Z",
        "2026-07-01T10:00:00Z",
    ]


def test_texts_of_parquet_that_are_no_utf8_are_told_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "some.parquet"
    times = pa.Array.from_buffers(pa.string(), 1, pa.array([b"2026-\xff"]).buffers())
    parquet.write_table(
        pa.table({"sensor": ["a"], "measure": ["x"], "time": times, "value": [1.5]}), path
    )
    with pytest.raises(Invalid, match=r"it cannot be read: .* UTF8"):
        read(path, LONDON)


@pytest.mark.parametrize("encoded", [True, False])
def test_local_times_of_parquet_are_placed_in_the_zone(tmp_path: Path, encoded: bool) -> None:
    path = tmp_path / "some.parquet"
    times = pa.array(["2026-07-01 12:00", "2026-01-01 12:00"])
    names = {name: ["a"] * 2 for name in ("sensor", "measure")}
    column = times.dictionary_encode() if encoded else times.cast(pa.timestamp("ms"))
    parquet.write_table(pa.table({**names, "time": column, "value": [1.5] * 2}), path)
    found = [time for _, time, _ in read(path, LONDON).readings]
    assert found == ["2026-07-01T11:00:00Z", "2026-01-01T12:00:00Z"]


@pytest.mark.parametrize("order", ["refuse", "order", "latest"])
def test_local_times_that_the_clocks_skip_or_repeat_are_noted_by_row(
    tmp_path: Path, order: str
) -> None:
    path = tmp_path / "some.parquet"
    index = pd.date_range("2026-01-01", "2026-12-31", freq="30min").rename("time")
    pd.DataFrame({"t": np.arange(len(index)) * 1.0}, index).reset_index().to_parquet(path)
    profile: dict[str, Any] = {
        "time": {"timezone": "Europe/London", "ambiguous": order},
        "columns": {"t": "one/temperature"},
    }
    was = read(path, profile, size=5_000)
    rows = {str(time): row for row, time in enumerate(index, start=1)}
    skipped = [rows[f"2026-03-29 01:{minute}:00"] for minute in ("00", "30")]
    twice = [rows[f"2026-10-25 01:{minute}:00"] for minute in ("00", "30")]
    expected = skipped + (twice if order != "latest" else [])
    assert [row for row, _ in was.rules] == expected
    if order == "order":
        assert was.rules[-1][1] == UNDECIDED.format(zone="Europe/London")


@pytest.mark.parametrize("zone", ["Europe/London", "America/New_York"])
@pytest.mark.parametrize(
    ("kind", "far"),
    [
        (pa.timestamp("ms"), (-(2**63), 2**63 - 1)),
        (pa.timestamp("us"), (-(2**63), 2**63 - 1)),
        (pa.date32(), (-(2**31), 2**31 - 1)),
    ],
)
def test_local_times_far_out_are_refused_and_not_taken_for_others(
    tmp_path: Path, zone: str, kind: pa.DataType, far: tuple[int, ...]
) -> None:
    counts = pa.array([0, *far], pa.int32() if kind == pa.date32() else pa.int64())
    names = {name: [name] * len(counts) for name in ("sensor", "measure")}
    table = pa.table({**names, "time": counts.cast(kind), "value": [1.5] * len(counts)})
    parquet.write_table(table, tmp_path / "far.parquet")
    was = read(tmp_path / "far.parquet", {**LONG, "time": {"timezone": zone}})
    assert {row for row, _ in was.rules} == set(range(2, len(counts) + 1))
    assert len(was.readings) == 1


def test_old_timestamps_of_parquet_do_not_turn_over_in_2262(tmp_path: Path) -> None:
    path = tmp_path / "old.parquet"
    time = pa.array([np.datetime64("2300-01-01", "us")])
    table = pa.table({"sensor": ["a"], "measure": ["x"], "time": time, "value": [1.5]})
    parquet.write_table(table, path, use_deprecated_int96_timestamps=True)
    was = read(path, LONDON)
    assert was.found.shown[0]["value"] == "2300-01-01T00:00:00Z"
    assert was.rules == [(1, TIME_RULE)]


def test_a_wide_file_brings_no_more_readings_at_once_than_a_long_one(tmp_path: Path) -> None:
    names = [f"s{number}" for number in range(60)]
    times = pd.date_range("2026-01-01", periods=500, freq="min", tz="UTC")
    path = tmp_path / "wide.csv"
    pd.DataFrame(1.5, index=times, columns=names).to_csv(path, index_label="time")
    was = read(path, {"columns": {name: f"{name}/temperature" for name in names}}, size=6_000)
    assert [sum(map(len, piece.segments)) for piece in was.pieces] == [6_000] * 5


def test_a_large_file_is_read_in_constant_memory(tmp_path: Path) -> None:
    rows = 1_000_000
    table = pa.table(
        {
            "sensor": pa.repeat("one", rows),
            "measure": pa.repeat("temperature", rows),
            "time": pa.array(np.arange(rows) * 60_000_000, pa.timestamp("us", "UTC")),
            "value": np.random.default_rng(1).normal(size=rows),
        }
    )
    parquet.write_table(table, tmp_path / "large.parquet")
    csv.write_csv(table, tmp_path / "large.csv")
    del table
    before = pa.total_allocated_bytes()
    for name in ("large.csv", "large.parquet"):
        peaks: list[int] = []
        count = 0
        for used, some in read_slowly(tmp_path / name):
            peaks.append(used - before)
            count += some
        assert count == rows
        assert max(peaks) < 32 << 20


def read_slowly(path: Path) -> Any:
    """Yield the memory that Arrow holds after each piece, and how many readings it has."""
    from dtbase.domain.imports.profiles import Profile
    from dtbase.importing.findings import Kept
    from dtbase.importing.reading import Reader

    reader = Reader(
        Source.of(path),
        Profile.model_validate(LONG),
        lambda wanted: {each.name: Known() for each in wanted},
        Kept(),
        size=50_000,
    )
    for piece in reader.pieces():
        yield pa.total_allocated_bytes(), sum(map(len, piece.segments))


def test_a_column_of_thousands_alone_is_read_by_the_signs_that_the_profile_says(
    tmp_path: Path,
) -> None:
    path = tmp_path / "meter.csv"
    path.write_text("time;kW;Wh\n2026-01-01T00:00Z;1,5;1.204\n2026-01-01T01:00Z;1,6;2.305\n")
    columns = {"kW": "m/kW", "Wh": "m/Wh"}
    was = read(path, {"delimiter": ";", "decimal": ",", "thousands": ".", "columns": columns})
    assert [value for _, _, value in was.readings] == [1.5, 1.6, 1204.0, 2305.0]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["unix", "windows", "old-mac"])
def test_of_a_file_that_is_being_written_the_whole_lines_are_read(tmp_path: Path, end: str) -> None:
    lines = ["time,temperature", "2026-06-10T00:00:00Z,1", "2026-06-10T01:00:00Z,2"]
    whole = end.join([*lines, ""])
    path = tmp_path / "log.csv"
    path.write_bytes(f"{whole}2026-06-10T02:0".encode())
    source = Source.of(path, whole_lines=True)
    with source.open() as file:
        assert file.read().decode() == whole
    path.write_bytes(b"no whole line yet")
    assert Source.of(path, whole_lines=True).size == 0
