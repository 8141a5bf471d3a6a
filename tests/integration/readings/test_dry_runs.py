"""`dtbase import --dry-run`: all that is wrong in whole files, and nothing stored."""

import gzip
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dtbase.importing.clock import ISO_RULE
from dtbase.importing.reading import UNKNOWN
from dtbase.importing.times import NO_OFFSET, SKIPPED
from tests.importing import dry_run, long_csv, rewrite, run, stored


@pytest.mark.usefixtures("variables")
def test_a_dry_run_of_a_clean_file_says_what_would_be_imported(tmp_path: Path) -> None:
    path = long_csv(tmp_path / "dry.csv", 100)
    assert (
        run(path, "--dry-run", "--rows", 30).stdout == f"{path}: 100 readings would be imported\n"
    )
    assert stored() == []
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.usefixtures("variables")
def test_a_dry_run_reports_the_whole_file_by_its_own_rows(tmp_path: Path) -> None:
    path = long_csv(tmp_path / "dry.csv", 2_000)
    noon = "2026-01-01T12:00:00"
    rewrite(
        path,
        {
            101: f"one,temperature,{noon}Z,nan",
            555: f"one,people,{noon}Z,1.5",
            556: f"one,temperature,{noon},1",
            900: "",
            1_000: f"two,temperature,{noon}Z,1",
            1_300: f"two,temperature,{noon}Z,1",
            1_400: f"one,temperature,{noon}Z,1,2",
            1_900: "one,temperature,1066-10-14T12:00Z,1",
        },
    )
    assert dry_run(path, "--rows", 300) == [
        f"{path}: 7 broken rules",
        "  row 101: one/temperature: 'nan' must be a finite number; say --nothing 'nan'"
        " if it stands for no value",
        "  row 555: one/people: '1.5' must be an integer of 64 bits",
        f"  row 556: '{noon}' {NO_OFFSET}",
        f"  row 1000: two/temperature: {UNKNOWN}",
        f"  row 1400: 'one,temperature,{noon}Z,1,2' must have 4 cells, not 5",
        "  row 1900: one/temperature: '1066-10-14T12:00:00Z' must lie between 1900-01-01"
        " and 2200-01-01",
        "  and 1 more",
    ]


@pytest.mark.usefixtures("variables")
def test_a_dry_run_lists_the_first_hundred_rows_of_all_series_and_counts_the_rest(
    tmp_path: Path,
) -> None:
    path = long_csv(tmp_path / "dry.csv", 1_000)
    measures = ["temperature", "people", "open"]
    wrong = range(2, 1_002, 4)
    rewrite(path, {row: f"one,{measures[row % 3]},2026-01-01T00:00Z,warm" for row in wrong})
    first, *listed, more = dry_run(path, "--rows", 600)
    assert first == f"{path}: 250 broken rules"
    assert [line.partition(": '")[0] for line in listed] == [
        f"  row {row}: one/{measures[row % 3]}" for row in wrong[:100]
    ]
    assert more == "  and 150 more"


@pytest.mark.usefixtures("variables")
def test_a_dry_run_reports_what_it_found_before_damage_and_the_other_files(tmp_path: Path) -> None:
    damaged, clean = tmp_path / "cut.csv.gz", long_csv(tmp_path / "clean.csv", 10)
    long_csv(tmp_path / "long.csv", 400_000)  # Arrow reads some blocks ahead, and meets the end
    rewrite(tmp_path / "long.csv", {3: "one,temperature,2026-01-01T00:00Z,warm"})
    damaged.write_bytes(gzip.compress((tmp_path / "long.csv").read_bytes())[:-100])
    stopped, found, other = dry_run(damaged, clean, "--rows", 1_000)
    stops = r".*: 1 broken rule; after \d+,\d+ rows it cannot be read: Truncated .*"
    assert re.fullmatch(stops, stopped)
    assert found.startswith("  row 3: one/temperature: 'warm' must be a finite number")
    assert other == f"{clean}: 10 readings would be imported"
    clean.write_text("sensor;measure;time;value\n")
    (line,) = dry_run(clean)
    assert line.startswith(f"{clean}: no table of times and numbers is found in it; say by --del")


@pytest.mark.usefixtures("variables")
def test_a_dry_run_of_a_wide_file_tells_wrong_cells_and_impossible_times(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    index = pd.date_range("2026-03-28", periods=400, freq="30min").rename("time")
    frame = pd.DataFrame({"t": "20.5", "p": "3", "n": "1"}, index.astype(str)).reset_index()
    frame.loc[98, "t"] = "warm"  # row 100, and so on: the header is row 1
    frame.loc[298, "p"] = "1.5"
    frame.loc[198, "time"] = "yesterday"
    frame.to_csv(path, index=False)
    columns = [
        f"--column={name}={key}" for name, key in (("t", "one/temperature"), ("p", "one/people"))
    ]
    skipped = SKIPPED.format(zone="Europe/London")
    assert dry_run(path, *columns, "--rows", 150, "--timezone", "Europe/London") == [
        f"{path}: 5 broken rules",
        f"  row 52: '2026-03-29 01:00:00' {skipped}",
        f"  row 53: '2026-03-29 01:30:00' {skipped}",
        "  row 100: one/temperature: 'warm' must be a finite number; say --nothing 'warm' if it"
        " stands for no value",
        f"  row 200: 'yesterday' {ISO_RULE}",
        "  row 300: one/people: '1.5' must be an integer of 64 bits",
    ]


@pytest.mark.usefixtures("variables")
def test_a_dry_run_of_a_parquet_file_counts_its_rows_from_one(tmp_path: Path) -> None:
    path = tmp_path / "dry.parquet"
    index = pd.date_range("2026-01-01", periods=500, freq="1min", tz="UTC").rename("time")
    frame = pd.DataFrame({"t": np.arange(500.0), "p": range(500), "n": 1.0}, index)
    frame.iloc[[99, 399], 0] = np.inf
    frame.reset_index().to_parquet(path, row_group_size=150)
    columns = ["--column=t=one/temperature", "--column=p=one/people", "--column=n=two/people"]
    assert dry_run(path, *columns, "--rows", 100) == [
        f"{path}: 502 broken rules",
        f"  row 1: two/people: {UNKNOWN}",
        "  row 100: one/temperature: 'inf' must be a finite number",
        "  row 400: one/temperature: 'inf' must be a finite number",
        "  and 499 more",
    ]
    frame.index = pd.date_range("2026-01-01", periods=500, freq="1min", name="time")
    frame.reset_index().to_parquet(path)
    (line,) = dry_run(path, *columns)
    assert "it is not sure which zone its times are of: --timezone ZONE" in line
