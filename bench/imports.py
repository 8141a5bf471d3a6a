"""Importing files: readings a second against raw COPY of as many, and the command's memory."""

import os
import subprocess
import sys
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
import pandas as pd

from bench.data import START
from bench.ingest import BARE, HYPER, copy, rate
from bench.stand import Stand
from bench.table import Figure, Figures
from dtbase.domain.imports.profiles import Profile
from dtbase.importing.running import How, Import
from dtbase.importing.sources import Source
from dtbase.importing.twins import RemoteTwin

COLUMNS = 10
ROWS = 50_000
TURNS = 3
LARGE = 8
"""So many times as many rows has the file whose import is held against memory."""

YEARS: "count[int]" = count(2)
"""Each file is of years that nothing else is of."""

TELLING = """
import atexit, pathlib, sys
atexit.register(lambda: sys.stderr.write(pathlib.Path("/proc/self/status").read_text()))
from dtbase.cli import main
main()
"""
"""The command, which tells at its end what memory it took; that of its parent is not its own."""

WIDE = Profile.model_validate(
    {"columns": {f"c{number}": f"sensor-{number:02d}/temperature" for number in range(COLUMNS)}}
)
LOCAL = Profile.model_validate(
    {
        "time": {"form": "%d.%m.%Y %H:%M", "timezone": "Europe/Berlin"},
        "keys": "sensor",
        "columns": {"value": "{sensor}/temperature"},
    }
)


def measure(stand: Stand, figures: Figures) -> None:
    """Measure a wide and a long file, and the memory of the command."""
    with stand.connect() as connection, TemporaryDirectory() as folder:
        if connection.execute("SELECT to_regclass('bare')").fetchone() == (None,):
            connection.execute(BARE)
            connection.execute(HYPER, ("bare",))
        path, speeds = Path(folder) / "file.csv", np.zeros((TURNS, 3))
        for turn in range(TURNS):  # side by side, since the machine's speed changes meanwhile
            speeds[turn, 0] = rate(100_000, stand, lambda rows: copy(connection, rows))
            for place, (write, profile) in enumerate(((write_wide, WIDE), (write_long, LOCAL)), 1):
                write(path, ROWS)
                speeds[turn, place] = imported(stand, path, profile)
        limit, wide, long = np.median(speeds, axis=0).tolist()
        ratios = np.median(speeds / speeds[:, :1], axis=0).tolist()
        figures.add(Figure("imports", "raw COPY, 100,000 a batch", limit, "rows/s"))
        for name, speed, ratio, target in (
            ("a wide plain CSV of ten columns", wide, ratios[1], "≥ 0.30"),
            ("a long CSV with local times", long, ratios[2], "≥ 0.20"),
        ):
            figures.add(Figure("imports", name, speed, "rows/s", ratio, "COPY", target))
        large = Path(folder) / "large.csv"
        write_wide(large, ROWS * LARGE)
        used = memory(stand, large)
        figures.add(Figure("imports", "the command's memory", used / 1e6, "MB", target="< 300"))


def times(rows: int) -> pd.DatetimeIndex:
    """Return minutes of years that nothing else is of."""
    start: datetime = START - timedelta(days=700 * next(YEARS))
    return pd.date_range(start, periods=rows, freq="min")


def write_wide(path: Path, rows: int) -> None:
    """Write a file with a column for each of ten series."""
    values = np.random.default_rng(1).normal(20, 5, (rows, COLUMNS)).round(2)
    names = [f"c{number}" for number in range(COLUMNS)]
    index = times(rows).strftime("%Y-%m-%dT%H:%M:%SZ")
    pd.DataFrame(values, index, names).to_csv(path, index_label="time")


def write_long(path: Path, rows: int) -> None:
    """Write a file with a row for each reading, by the clocks of Berlin."""
    local = times(rows).tz_convert("Europe/Berlin").strftime("%d.%m.%Y %H:%M")
    frame = pd.DataFrame(
        {
            "time": np.repeat(local, COLUMNS),
            "sensor": np.tile([f"sensor-{number:02d}" for number in range(COLUMNS)], rows),
            "value": np.random.default_rng(1).normal(20, 5, rows * COLUMNS).round(2),
        }
    )
    frame.to_csv(path, index=False)


def imported(stand: Stand, path: Path, profile: Profile) -> float:
    """Return the readings a second at which a file is imported."""
    with stand.client() as client:
        work = Import(Source.of(path), profile, RemoteTwin(client), How())
        start = perf_counter()
        report = work.run()
        taken = perf_counter() - start
    assert report.readings.inserted == ROWS * COLUMNS, report
    return report.readings.inserted / taken


def memory(stand: Stand, path: Path) -> int:
    """Return the bytes that the command takes at most to import a file."""
    with stand.client() as client:
        assert client.tokens is not None
        token = client.tokens.access_token
    environment = {
        **os.environ,  # noqa: TID251 - handed on to the command as it is
        "DTBASE_API_URL": stand.api_url,
        "DTBASE_API_KEY": token,
    }
    columns = [f"--column=c{n}=sensor-{n:02d}/temperature" for n in range(COLUMNS)]
    command = [sys.executable, "-c", TELLING, "import", str(path), *columns]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return int(done.stderr.split("VmHWM:")[1].split()[0]) * 1024
