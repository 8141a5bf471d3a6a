"""Services of packages that lie in a folder."""

import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from dtbase.cli import app
from jobs.services.catalogue import GROUP, load
from jobs.services.mounted import mounted


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder with the starter package, and forget its modules afterwards."""
    monkeypatch.setattr(sys, "path", [*sys.path])
    made = CliRunner().invoke(app, ["service", "new", "warm-days", "--folder", str(tmp_path)])
    assert made.exit_code == 0
    return tmp_path


def test_the_starter_package_is_found_as_it_is(folder: Path) -> None:
    (found,) = mounted(folder, GROUP)
    assert (found.name, found.origin) == ("warm-days", "warm-days 0.1.0")
    kind = load(found.entry(GROUP))
    assert kind is not None
    assert kind.__name__ == "WarmDays"


def test_a_broken_package_is_told_and_leaves_the_others(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "broken").mkdir()
    (folder / "broken" / "pyproject.toml").write_text("[project")
    assert [found.name for found in mounted(folder, GROUP)] == ["warm-days"]
    assert str(folder / "broken" / "pyproject.toml") in caplog.text


def test_no_folder_holds_no_services(tmp_path: Path) -> None:
    assert [*mounted(None, GROUP), *mounted(tmp_path, GROUP)] == []
