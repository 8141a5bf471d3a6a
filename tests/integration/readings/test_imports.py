"""`dtbase import` against a running API: every row of a file once, whatever happens on the way."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from api.app import create_app
from dtbase import settings
from dtbase.cli import import_progress
from dtbase.errors import Conflict, Invalid, TooLarge
from dtbase.settings import environment_with
from tests.importing import MINUTE, START, long_csv, rewrite, run, stored
from tests.live import serving


@pytest.mark.usefixtures("variables")
def test_a_long_file_is_imported_and_its_progress_forgotten(tmp_path: Path) -> None:
    path = long_csv(tmp_path / "long.csv", 2_500)
    result = run(path, "--rows", 1_000)
    assert "2,500 readings imported (2,500 inserted)" in result.output
    assert len(stored()) == 2_500
    assert not import_progress.place(path).exists()
    assert "2,500 unchanged" in run(path).output


@pytest.mark.usefixtures("variables")
def test_a_wide_file_of_local_times_is_imported_by_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv.gz"
    frame = pd.DataFrame(
        {
            "when": ["2026-07-01 12:00", "2026-07-01 12:30"],
            "t": ["20.5", ""],
            "s": ["", "on, then off"],
            "other": ["x", "y"],
        }
    )
    frame.to_csv(path, index=False)
    columns = ("--column", "t=one/temperature", "--column", "s=one/state")
    run(path, "--time", "when", *columns, "--timezone", "Europe/London")
    assert stored() == [(datetime(2026, 7, 1, 11, tzinfo=UTC), "20.5")]
    assert stored("state") == [(datetime(2026, 7, 1, 11, 30, tzinfo=UTC), "on, then off")]


@pytest.mark.usefixtures("variables")
@pytest.mark.parametrize("zone", [None, "UTC", "Europe/London"])
def test_a_wide_parquet_file_brings_its_own_types(tmp_path: Path, zone: str | None) -> None:
    path = tmp_path / "wide.parquet"
    index = pd.date_range("2026-07-01", periods=100, freq="10min", tz=zone)
    frame = pd.DataFrame({"t": np.arange(100.0), "p": range(100), "o": [True, None] * 50}, index)
    frame.rename_axis("time").reset_index().to_parquet(path, row_group_size=30)
    columns = [f"--column={c}=one/{m}" for c, m in (("t", "temperature"), ("p", "people"))]
    naive = [] if zone else ["--timezone", "UTC"]
    result = run(path, *columns, "--column", "o=one/open", "--rows", 40, *naive)
    assert "250 readings imported" in result.output
    first = datetime(2026, 7, 1, tzinfo=ZoneInfo(zone or "UTC")).astimezone(UTC)
    assert stored()[0] == (first, "0")
    assert len(stored("open")) == 50


@pytest.mark.usefixtures("variables")
def test_what_is_no_value_is_set_aside_piece_by_piece_and_never_lost(tmp_path: Path) -> None:
    path = long_csv(tmp_path / "wrong.csv", 2_000)
    lines = path.read_text().splitlines()
    for row in (500, 1_500):
        lines[row] = lines[row].rpartition(",")[0] + ",warm"
    path.write_text("\n".join(lines))
    told = run(path, "--rows", 1_000, "--set-aside").output
    assert "2,000 readings imported (1,998 inserted, 2 set aside)" in told
    assert len(stored()) == 1_998
    told = run(path, "--rows", 1_000, "--set-aside").output
    assert "(1,998 unchanged, 2 set aside)" in told


@pytest.mark.usefixtures("variables")
def test_a_wrong_row_is_named_by_file_row_and_rule_and_stops_the_import(tmp_path: Path) -> None:
    path = long_csv(tmp_path / "wrong.csv", 2_000)
    lines = path.read_text().splitlines()
    lines[1_500] = lines[1_500].rpartition(",")[0] + ",warm"
    path.write_text("\n".join(lines))
    with pytest.raises(Invalid, match="row 1501: one/temperature: 'warm' must be") as refused:
        run(path, "--rows", 1_000)
    assert f"{path}: 1 broken rule, nothing of rows 1,002 to 2,001" in refused.value.detail
    assert len(stored()) == 1_000
    with pytest.raises(Invalid, match="row 1501"):
        run(path, "--rows", 1_000)
    long_csv(path, 2_000)
    with pytest.raises(Invalid, match="--restart"):
        run(path)
    assert "1,000 inserted, 1,000 unchanged" in run(path, "--restart").output


@pytest.mark.usefixtures("variables")
def test_local_times_that_the_clocks_skip_or_repeat_are_refused_by_row(tmp_path: Path) -> None:
    path = tmp_path / "clocks.csv"
    head = "sensor,measure,time,value\n"
    zone = ("--timezone", "Europe/London")
    path.write_text(head + "one,temperature,2026-03-29 01:30,1\n")
    with pytest.raises(
        Invalid, match=r"row 2: .2026-03-29 01:30. does not exist in Europe/London.*--skipped"
    ):
        run(path, *zone)
    path.write_text(head + "one,temperature,2026-10-25 01:30,1\n")
    with pytest.raises(Invalid, match="row 2: '2026-10-25 01:30' comes twice"):
        run(path, *zone)
    run(path, *zone, "--ambiguous", "latest")
    assert stored() == [(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "1")]


@pytest.mark.usefixtures("variables")
def test_a_request_that_is_too_large_tells_of_fewer_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DTBASE_MAX_BODY_BYTES", "40000")
    settings.get_settings.cache_clear()
    path = long_csv(tmp_path / "large.csv", 2_000)
    with serving(create_app()) as url:
        monkeypatch.setenv("DTBASE_API_URL", url)
        settings.get_command_settings.cache_clear()
        with pytest.raises(TooLarge, match="at most 40000 bytes: say fewer --rows, and it goes on"):
            run(path)
        assert "2,000 readings imported" in run(path, "--rows", 500).output


@pytest.mark.usefixtures("variables")
def test_an_import_lists_twenty_wrong_rows_in_their_order_and_says_how_to_see_more(
    tmp_path: Path,
) -> None:
    path = long_csv(tmp_path / "wrong.csv", 100)
    names = ("one/temperature", "one/people")
    rows = range(2, 90)
    cells = {row: names[row % 2].replace("/", ",") + ",2026-01-01T00:00Z,warm" for row in rows}
    rewrite(path, cells)
    with pytest.raises(Invalid) as refused:
        run(path)
    first, *listed, more = refused.value.detail.splitlines()
    assert "88 broken rules, nothing of rows 2 to 101 was stored; say --skip-bad" in first
    told = [line.partition(": '")[0] for line in listed]
    assert told == [f"  row {row}: {names[row % 2]}" for row in rows[:20]]
    assert more.startswith("  and more; --dry-run goes through the whole file")


@pytest.mark.usefixtures("variables")
def test_a_clash_is_refused_when_asked_for(tmp_path: Path) -> None:
    run(long_csv(tmp_path / "first.csv", 10))
    other = long_csv(tmp_path / "other.csv", 10, range(1, 11))
    with pytest.raises(Conflict, match="already stored"):
        run(other, "--on-conflict", "refuse")
    assert "10 kept" in run(other, "--on-conflict", "keep", "--restart").output


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no table of times and numbers"),
        (b"sensor,measure,when,value\n", "no table of times and numbers"),
        (
            b"sensor,measure,time,value\none,temperature,2026-01-01T00:00Z,\xff\n",
            "row 2: .* must be a finite",
        ),
        (b"PAR1 and then nothing of the kind", "Parquet"),
    ],
)
@pytest.mark.usefixtures("variables")
def test_a_file_that_cannot_be_read_is_refused_in_a_sentence(
    tmp_path: Path, content: bytes, reason: str
) -> None:
    path = tmp_path / "broken"
    path.write_bytes(content)
    with pytest.raises(Invalid, match=f"broken: (.|\n)*{reason}"):
        run(path)


def test_an_import_that_is_killed_goes_on_and_stores_every_row_once(
    variables: dict[str, str], tmp_path: Path
) -> None:
    count = 20_000
    path = long_csv(tmp_path / "large.csv", count)
    command = [sys.executable, "-m", "dtbase.cli", "import", "--rows", "1000", str(path)]
    environment = environment_with(variables)
    kept = import_progress.place(path)
    for _ in range(2):
        before = kept.read_bytes() if kept.exists() else b""
        with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as killed:  # noqa: S603
            while (kept.read_bytes() if kept.exists() else b"") == before:
                assert killed.poll() is None
            killed.kill()
        assert kept.exists()
    assert 0 < len(stored()) < count
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
    assert "going on after" in done.stderr
    assert f"{count:,} readings imported" in done.stdout
    assert stored() == [(START + n * MINUTE, str(n)) for n in range(count)]
    assert not kept.exists()


@pytest.mark.usefixtures("variables")
def test_a_wide_file_whose_series_nobody_named_is_told_the_option_that_does(
    tmp_path: Path,
) -> None:
    path = tmp_path / "wide.csv"
    path.write_text("time,t,p\n2026-05-01T00:00:00Z,1.5,3\n")
    with pytest.raises(Invalid, match=r"wide/t: .*--register to make it, or .* by --column"):
        run(path)
    assert stored() == []
