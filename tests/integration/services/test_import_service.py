"""The service import-file stores files of the worker's folder, and no others."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from dtbase.domain.forecasts.runs import RunStatus
from dtbase.domain.services.service_runs import NewServiceRun, ServiceRun
from dtbase.settings import get_settings
from dtbase.storage.database import transaction
from dtbase.storage.services import service_runs
from jobs import tasks
from jobs.services import catalogue
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
    assert imported(file="long.csv").written.unchanged == 2


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
