"""The bench at a hundredth of its size: it uses storage's own statements, and they change."""

import subprocess
import sys

import pytest

SECTIONS = ("reads", "cost of a request", "hostile bodies", "ingest", "imports", "services")


@pytest.mark.drill
@pytest.mark.timeout(1_800)
def test_the_bench_runs_whole() -> None:
    command = [sys.executable, "-m", "bench", "--scale", "0.01", "--no-write"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2_000:] + done.stderr[-2_000:]
    missing = [section for section in SECTIONS if f"{section}: " not in done.stdout]
    assert missing == []
