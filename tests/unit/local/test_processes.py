"""The processes of a twin are the same under `make up` and in a container."""

import os
import shlex

import pytest
from typer.testing import CliRunner

from dtbase import processes
from dtbase.cli import app
from dtbase.local.places import CHECKOUT

NAMES = ["api", "dash", "worker", "scheduler", "migrate", "demo"]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Note what a command would have become."""
    commands: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda _, command: commands.append(command))
    return commands


@pytest.mark.parametrize("name", NAMES)
def test_a_command_becomes_its_process_so_that_signals_reach_it(
    name: str, started: list[list[str]]
) -> None:
    assert CliRunner().invoke(app, ["run", name]).exit_code == 0
    expected = {
        "api": processes.api("127.0.0.1", 8000),
        "dash": processes.dashboard("127.0.0.1", 8050),
        "worker": processes.worker(),
        "scheduler": processes.SCHEDULER,
        "migrate": processes.MIGRATIONS,
        "demo": processes.DEMO,
    }
    assert started == [expected[name].command()]


def test_api_and_dashboard_start_anew_with_their_code_where_that_is_wanted() -> None:
    plain, watched = (processes.api("127.0.0.1", 1, reload=wanted) for wanted in (False, True))
    assert shlex.split(watched.arguments[2]) == plain.command()
    assert all((CHECKOUT / folder).is_dir() for folder in watched.arguments[3:])
    assert "--reload" in processes.dashboard("127.0.0.1", 1, reload=True).command()
    assert "--reload" not in processes.dashboard("127.0.0.1", 1).command()


def test_a_worker_takes_the_queues_that_are_named(started: list[list[str]]) -> None:
    CliRunner().invoke(app, ["run", "worker", *processes.URGENT])
    assert started[0][-3:] == ["jobs.worker", "ingest", "maintenance"]


def test_a_queue_that_there_is_not_is_refused(started: list[list[str]]) -> None:
    assert CliRunner().invoke(app, ["run", "worker", "forecats"]).exit_code != 0
    assert started == []


def test_the_version_names_the_commit_that_an_image_was_built_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from dtbase.settings import get_build_settings

    monkeypatch.setenv("DTBASE_BUILD_VERSION", "2.3.4")
    monkeypatch.setenv("DTBASE_BUILD_COMMIT", "0123abc")
    get_build_settings.cache_clear()
    try:
        assert CliRunner().invoke(app, ["--version"]).output == "dtbase 2.3.4 (0123abc)\n"
    finally:
        monkeypatch.undo()
        get_build_settings.cache_clear()
