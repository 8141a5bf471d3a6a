"""A private PostgreSQL that a test may kill."""

import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from dtbase.local import postgres, programs
from dtbase.local.keys import Keys
from dtbase.local.places import State
from dtbase.local.ports import free_port
from dtbase.local.services import open_state


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
    cluster = postgres.Cluster(found.postgres, state, Keys(), free_port())
    cluster.create()
    return cluster
