"""A private PostgreSQL that a test may kill, and an API that commands can reach."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from api.app import create_app
from dtbase import settings
from dtbase.local import postgres, programs
from dtbase.local.passwords import Passwords
from dtbase.local.places import State, open_state
from dtbase.local.ports import free_port
from dtbase.storage.database import transaction
from tests.factories import add_sensor
from tests.live import serving
from tests.people import add_user, log_in


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def state(stack: ExitStack, request: pytest.FixtureRequest) -> State:
    """Make a state folder that the database's user can reach."""
    main = open_state()
    state = State(main.folder / "tests" / f"own-{os.getpid()}", main.account)
    stack.callback(shutil.rmtree, state.folder)
    state.folder.parent.mkdir(exist_ok=True)
    state.folder.parent.chmod(0o711)
    state.create()
    return state


@pytest.fixture
def found() -> programs.Programs:
    return programs.find(open_state(), database=True, redis=True)


@pytest.fixture
def cluster(found: programs.Programs, state: State) -> postgres.Cluster:
    """Make a durable cluster, as a twin has it."""
    assert found.postgres is not None
    cluster = postgres.Cluster(found.postgres, state, Passwords(), free_port())
    cluster.create()
    return cluster


@pytest.fixture
def variables(
    own_environment: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[dict[str, str]]:
    """Serve a twin with one sensor, and return what the command needs to reach it."""
    with transaction() as session:
        add_sensor(session, "one")
        token = log_in(session, add_user(session, "ann@example.org")).access_token
    with serving(create_app()) as url:
        given = {
            "DTBASE_API_URL": url,
            "DTBASE_API_KEY": token,
            "DTBASE_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing",
        }
        for name in ("DTBASE_API_URL", "DTBASE_API_KEY"):
            monkeypatch.setenv(name, given[name])
        settings.get_command_settings.cache_clear()
        yield given
    settings.get_command_settings.cache_clear()
