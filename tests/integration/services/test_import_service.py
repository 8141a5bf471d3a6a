"""The service import-file stores files of the worker's folder, and no others."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from dtbase.domain.forecasts.runs import RunStatus
from dtbase.domain.imports.imports import ImportQuery
from dtbase.domain.services.service_runs import NewServiceRun, ServiceRun
from dtbase.settings import get_settings
from dtbase.storage.database import transaction
from dtbase.storage.imports import imports
from dtbase.storage.services import service_runs
from jobs import tasks
from jobs.services import catalogue, import_file
from tests.factories import add_sensor

LONG = "sensor,measure,time,value\nS1,temperature,{}T00:00:00Z,{}\nS1,rain,2026-01-01T00:00:00Z,1\n"
WIDE = "when,t\n2026-01-01 00:00,1.5\n2026-01-01 01:00,\n2026-01-01 02:00,2.5\n"


@pytest.fixture(autouse=True)
def twin(own_environment: str) -> None:
    catalogue.register()
    with transaction() as session:
        add_sensor(session, "S1")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, twin: None) -> Iterator[Path]:
    inside = tmp_path / "imports"
    inside.mkdir()
    monkeypatch.setenv("DTBASE_IMPORT_FOLDER", str(inside))
    get_settings.cache_clear()
    yield inside
    get_settings.cache_clear()


def imported(**parameters: object) -> ServiceRun:
    new = NewServiceRun.model_validate({"parameters": parameters})
    with transaction() as session:
        run = service_runs.create(session, "import-file", new)
    tasks.run_service(run.id)
    with transaction() as session:
        return service_runs.get(session, run.id)


def test_a_file_is_stored_and_storing_it_again_changes_nothing(folder: Path) -> None:
    (folder / "long.csv").write_text(LONG.format("2026-01-01", 1.5))
    done = imported(file="long.csv")
    assert (done.status, done.reason) == (RunStatus.SUCCEEDED, None)
    assert (done.written.readings, done.message) == (2, "2 rows")
    assert done.done == done.total
    assert imported(file="long.csv", again=True).written.unchanged == 2


def test_what_cannot_be_read_is_set_aside_if_that_is_wished(folder: Path) -> None:
    (folder / "wide.csv").write_text(WIDE.replace("2.5", "ice") + "noon,3\n")
    asked = {"time": "when", "columns": {"t": "S1/temperature"}, "timezone": "Europe/London"}
    assert imported(file="wide.csv", **asked).status is RunStatus.FAILED
    done = imported(file="wide.csv", **asked, set_aside=True)
    assert (done.status, done.message) == (RunStatus.SUCCEEDED, "4 rows, 2 set aside")
    assert (done.written.readings, done.written.set_aside) == (1, 2)


def test_a_wide_file_has_a_column_for_each_series(folder: Path) -> None:
    (folder / "wide.csv").write_text(WIDE)
    columns = {"t": "S1/temperature"}
    done = imported(file="wide.csv", time="when", columns=columns, timezone="Europe/London")
    assert (done.written.readings, done.reason) == (2, None)
    naive = imported(file="wide.csv", time="when", columns=columns)
    assert "which zone its times are of" in str(naive.reason)


@pytest.mark.parametrize(
    ("day", "value", "words"),
    [("2026-13-01", 1, "long.csv row 2"), ("2026-01-01", "warm", "warm")],
)
def test_a_wrong_row_is_named_and_nothing_stored(
    folder: Path, day: str, value: object, words: str
) -> None:
    (folder / "long.csv").write_text(LONG.format(day, value))
    done = imported(file="long.csv")
    assert (done.status, done.written.readings) == (RunStatus.FAILED, 0)
    assert words in str(done.reason)


@pytest.mark.parametrize("name", ["../outside.csv", "/etc/passwd", "none.csv", "."])
def test_a_file_outside_of_the_folder_is_refused(folder: Path, name: str) -> None:
    (folder.parent / "outside.csv").write_text(LONG.format("2026-01-01", 1))
    assert "there is no file" in str(imported(file=name).reason)


def test_without_a_folder_nothing_is_imported() -> None:
    assert "no DTBASE_IMPORT_FOLDER" in str(imported(file="long.csv").reason)


def past() -> list[tuple[str, str, int, int]]:
    """Return the imports, the oldest first: file, state, and how much they read and inserted."""
    with transaction() as session:
        found = imports.page(session, ImportQuery(sort="id")).items
    return [
        (one.file, one.state, one.report.readings.read, one.report.readings.inserted)
        for one in found
    ]


def test_a_watched_folder_takes_each_file_once(folder: Path) -> None:
    (folder / "a.csv").write_text(LONG.format("2026-01-01", 1.5))
    assert imported(file="*.csv").written.readings == 2
    (folder / "b.csv").write_text(LONG.format("2026-01-02", 2.5))
    second = imported(file="*.csv")
    assert (second.written.readings, second.written.unchanged) == (1, 1)
    third = imported(file="*.csv")
    assert (third.written.readings, third.written.unchanged) == (0, 0)
    assert (third.done, third.status) == (third.total, RunStatus.SUCCEEDED)
    assert past() == [("a.csv", "done", 2, 2), ("b.csv", "done", 2, 1)]
    (folder / "a.csv").write_text(LONG.format("2026-01-01", 22.5))
    assert imported(file="*.csv").written.readings == 1
    with transaction() as session:
        undone = imports.undo(session, 3)
    assert (undone.removed, undone.restored) == (0, 1)
    assert imported(file="*.csv").written.readings == 0, (
        "what was undone comes back when it changes"
    )


def test_a_growing_file_is_gone_on_with_in_one_import(folder: Path) -> None:
    path = folder / "log.csv"
    lines = [f"2026-01-0{day}T00:00:00Z,{day}\n" for day in range(1, 6)]
    asked: dict[str, object] = {
        "file": "*.csv", "growing": True, "columns": {"t": "S1/temperature"}
    }  # fmt: skip
    path.write_text("time,t\n" + "".join(lines[:2]) + lines[2][:9])
    assert imported(**asked).written.readings == 2
    assert imported(**asked).written.unchanged == 0
    path.write_text("time,t\n" + "".join(lines))
    grown = imported(**asked)
    assert (grown.written.readings, grown.written.unchanged) == (3, 0)
    assert past() == [("log.csv", "done", 5, 5)]


def test_a_run_that_stopped_goes_on_behind_what_it_stored(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_file, "ROWS", 10)
    lines = [f"2026-01-01T00:{minute:02}:00Z,{minute}\n" for minute in range(45)]
    path = folder / "log.csv"
    path.write_text("time,t\n" + "".join(lines[:44]) + "2026-01-01T00:44:00Z,warm\n")
    columns = {"t": "S1/temperature"}
    stopped = imported(file="log.csv", columns=columns)
    assert (stopped.status, stopped.written.readings) == (RunStatus.FAILED, 40)
    status = path.stat()
    path.write_text("time,t\n" + "".join(lines[:44]) + "2026-01-01T00:44:00Z,4400\n")
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    done = imported(file="log.csv", columns=columns)
    assert (done.written.readings, done.written.unchanged) == (5, 0)
    assert past() == [("log.csv", "done", 45, 45)]
