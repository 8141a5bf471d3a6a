"""Our processes are recognised for certain, and nobody else's is touched."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from dtbase.errors import Conflict, Unavailable
from dtbase.local.accounts import twin_account
from dtbase.local.alone import recover, roll_file, running_alone
from dtbase.local.children import Child, Recipe
from dtbase.local.places import State
from dtbase.local.processes import Roll, Started, end, session_members

SLEEPER = "import signal; print('up', flush=True); signal.pause()"
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEPER}"
ORPHAN_MAKER = """
import os, sys, signal
from pathlib import Path
from dtbase.local.children import Recipe
from dtbase.local.stopping import Stopping
from dtbase.local.supervisor import Supervisor

folder = Path(sys.argv[1])
supervisor = Supervisor(folder / "roll.json", Stopping())
command = [sys.executable, "-c", sys.argv[2]]
child = supervisor.start(Recipe("sleeper", command, folder / "sleeper.log", {}))
child.wait_until(lambda: "up" in child.last_words())
print("ready", flush=True)
signal.pause()
"""


@pytest.fixture
def state(tmp_path: Path) -> State:
    state = State(tmp_path / "state", twin_account())
    state.create()
    return state


def python(code: str, folder: Path, name: str = "sleeper") -> Recipe:
    """Return how to run a line of Python that says when it is up."""
    return Recipe(name, [sys.executable, "-c", code], folder / f"{name}.log", {}, patience=0.3)


def start(recipe: Recipe) -> Child:
    """Start it and wait until it is up."""
    child = recipe.start()
    child.wait_until(lambda: "up" in child.last_words())
    return child


@pytest.fixture
def sleeper(tmp_path: Path) -> Iterator[Child]:
    child = start(python(SLEEPER, tmp_path))
    yield child
    child.stop()


def test_a_process_that_we_started_is_recognised(sleeper: Child) -> None:
    assert sleeper.started.runs()


def test_a_process_with_the_same_id_but_another_start_is_a_stranger(sleeper: Child) -> None:
    stranger = sleeper.started.model_copy(update={"ticks": sleeper.started.ticks - 1})
    end(stranger)
    assert sleeper.alive()


def test_a_process_of_an_earlier_boot_is_a_stranger(sleeper: Child) -> None:
    stranger = sleeper.started.model_copy(update={"boot": "an earlier one"})
    end(stranger)
    assert sleeper.alive()


def test_a_child_does_not_hear_the_terminal(sleeper: Child) -> None:
    assert os.getsid(sleeper.process.pid) == sleeper.process.pid != os.getsid(0)


def test_a_deaf_child_is_killed_with_its_whole_session(tmp_path: Path) -> None:
    code = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {DEAF!r}]); {DEAF}"
    child = Recipe("deaf", [sys.executable, "-c", code], tmp_path / "log", {}, patience=0.3).start()
    child.wait_until(lambda: child.last_words().count("up") == 2)
    child.stop()
    assert session_members(child.process.pid) == []


def test_a_child_that_ends_while_starting_is_told_with_its_last_words(tmp_path: Path) -> None:
    child = python("print('the cat sat on it')", tmp_path).start()
    with pytest.raises(Unavailable, match="the cat sat on it"):
        child.wait_until(lambda: False)


def test_a_child_that_ends_for_want_of_space_is_told_as_a_full_disk(tmp_path: Path) -> None:
    child = python("print('PANIC: could not write: No space left on device')", tmp_path).start()
    with pytest.raises(Unavailable, match="the disk is full"):
        child.wait_until(lambda: False)


def test_orphans_of_a_killed_parent_are_ended_at_the_next_start(state: State) -> None:
    command = [sys.executable, "-c", ORPHAN_MAKER, str(state.folder), SLEEPER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == "ready\n"
        parent.send_signal(signal.SIGKILL)
    roll = Roll.read(roll_file(state))
    assert roll is not None
    assert not roll.parent.runs()
    assert [child.runs() for child in roll.children] == [True]
    recover(state)
    assert [child.runs() for child in roll.children] == [False]
    assert not roll_file(state).exists()


def test_a_torn_roll_hinders_no_start(state: State) -> None:
    roll_file(state).write_text('{"parent": {"na')
    recover(state)
    assert not roll_file(state).exists()


def test_a_stale_postmaster_file_kills_no_stranger(state: State, sleeper: Child) -> None:
    data = state.folder / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "postmaster.pid").write_text(f"{sleeper.process.pid}\n{data}\n")
    recover(state)
    assert sleeper.alive()


def test_a_second_start_is_refused_and_names_the_first(state: State) -> None:
    with running_alone(state):
        Roll(parent=Started.now("dtbase", os.getpid())).write(roll_file(state))
        sentence = rf"process {os.getpid()}.*make down"
        with pytest.raises(Conflict, match=sentence), running_alone(state):
            pass


def test_the_lock_ends_with_its_holder(state: State) -> None:
    for _ in range(2):
        with running_alone(state):
            assert (state.folder / "up.lock").exists()
