"""One parent starts, restarts and stops its children."""

import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import Event
from typing import TextIO

import pytest

from dtbase.errors import Unavailable
from dtbase.local import progress
from dtbase.local.children import Child, Recipe
from dtbase.local.processes import Roll
from dtbase.local.stopping import Stopping, StopRequested
from dtbase.local.supervisor import STEADY_SECONDS, TRIES, Supervisor, Watched
from dtbase.local.vitals import MISSES

PATIENT = """
import pathlib, time
while not pathlib.Path({file!r}).exists():
    time.sleep(0.01)
print("done", flush=True)
"""
SLEEPER = "import signal; print('up', flush=True); signal.pause()"


def recipe(folder: Path, name: str, code: str = SLEEPER) -> Recipe:
    """Return how to run a line of Python."""
    return Recipe(name, [sys.executable, "-c", code], folder / f"{name}.log", {})


@pytest.fixture
def supervisor(tmp_path: Path) -> Supervisor:
    return Supervisor(tmp_path / "roll.json", Stopping(), first_wait=0.01)


class StopWhen(Stopping):
    """Asks to stop as soon as something is so."""

    def __init__(self, so: Callable[[], bool]) -> None:
        """Take the question to ask at every pause."""
        super().__init__()
        self.so = so

    def pause(self, seconds: float) -> None:
        """Pause, unless it is so."""
        if self.so():
            raise StopRequested
        super().pause(seconds)


def up(child: Child) -> bool:
    return "up" in child.last_words()


def test_children_are_stopped_in_the_reverse_order_of_their_start(
    supervisor: Supervisor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    children = [supervisor.start(recipe(tmp_path, name)) for name in ("postgres", "redis", "api")]
    supervisor.stop()
    told = [line.split()[-1] for line in capsys.readouterr().out.splitlines()]
    assert told == ["api", "redis", "postgres"]
    assert not any(child.alive() for child in children)
    assert not supervisor.roll_file.exists()


def test_children_are_stopped_also_when_the_terminal_is_gone(
    supervisor: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    children = [supervisor.start(recipe(tmp_path, name)) for name in ("redis", "api")]
    with closed_terminal() as terminal:
        monkeypatch.setattr(sys, "stdout", terminal)
        supervisor.stop()
        monkeypatch.undo()
    assert not any(child.alive() for child in children)


@contextmanager
def closed_terminal() -> Iterator[TextIO]:
    """Give an output to which nobody listens any more."""
    reading, writing = os.pipe()
    os.close(reading)
    terminal = os.fdopen(writing, "w", closefd=False)
    yield terminal
    with suppress(OSError):
        terminal.close()
    os.close(writing)


def test_a_child_that_ends_is_started_again(supervisor: Supervisor, tmp_path: Path) -> None:
    first = supervisor.start(recipe(tmp_path, "api"))
    first.wait_until(lambda: up(first))
    os.kill(first.process.pid, signal.SIGKILL)
    supervisor.stopping = StopWhen(lambda: supervisor.watched[0].child is not first)
    with pytest.raises(StopRequested):
        supervisor.watch()
    assert supervisor.watched[0].child.alive()
    supervisor.stop()


def test_a_child_that_keeps_ending_stops_the_twin_with_its_last_words(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    supervisor.start(recipe(tmp_path, "api", "print('no such table')"))
    with pytest.raises(Unavailable, match=rf"api ended {TRIES + 1} times .*no such table"):
        supervisor.watch()


def test_the_wait_doubles_and_a_steady_life_is_forgiven(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    child = supervisor.start(recipe(tmp_path, "api"))
    watched = Watched(child)
    assert [watched.fell(1) for _ in range(4)] == [1, 2, 4, 8]
    child.since -= STEADY_SECONDS + 1
    assert watched.fell(1) == 1
    supervisor.stop()


def test_a_step_that_fails_stops_the_start_and_tells_why(
    supervisor: Supervisor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    failing = recipe(tmp_path, "demo", "print('loading'); raise SystemExit('no data')")
    with pytest.raises(Unavailable, match=r"demo failed: .*no data"):
        supervisor.run(failing)
    assert "loading" in capsys.readouterr().out


def test_a_step_that_is_silent_is_told_to_go_on(
    supervisor: Supervisor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(progress, "LONGEST_SILENCE", 0.05)
    told, pauses = tmp_path / "told", count(1)

    def let_it_end() -> bool:
        if next(pauses) == 3:  # twice it was waited for
            told.touch()
        return False

    supervisor.stopping = StopWhen(let_it_end)
    supervisor.run(recipe(tmp_path, "demo", PATIENT.format(file=str(told))))
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("  demo goes on (")
    assert "  done" in lines


def test_a_child_that_takes_long_to_start_is_told_to_be_waited_for(
    supervisor: Supervisor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(progress, "LONGEST_SILENCE", 0.0)
    child = supervisor.start(recipe(tmp_path, "api"))
    child.wait_until(lambda: up(child))
    supervisor.stop()
    assert re.match(r"  waiting for api \(\d+ s\)\n", capsys.readouterr().out)


def test_being_asked_to_stop_ends_a_running_step(supervisor: Supervisor, tmp_path: Path) -> None:
    supervisor.stopping.wanted = True
    with pytest.raises(StopRequested):
        supervisor.run(recipe(tmp_path, "demo"))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_signals_that_ask_us_to_stop_are_noted(number: signal.Signals) -> None:
    before = {each: signal.getsignal(each) for each in signal.valid_signals() if each in NOTED}
    stopping = Stopping()
    stopping.listen()
    try:
        signal.raise_signal(number)
        assert stopping.wanted
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


NOTED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def test_a_child_that_runs_but_does_not_answer_is_started_again(
    supervisor: Supervisor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = supervisor.start(replace(recipe(tmp_path, "api"), patience=0.1))
    first.wait_until(lambda: up(first))
    os.kill(first.process.pid, signal.SIGSTOP)  # deaf also to being asked to end
    supervisor.expect(first, lambda: supervisor.watched[0].child is not first, pause=0.01)
    supervisor.stopping = StopWhen(
        lambda: supervisor.watched[0].child is not first and up(supervisor.watched[0].child)
    )
    with pytest.raises(StopRequested):
        supervisor.watch()
    assert not first.alive()
    assert supervisor.watched[0].child.alive()
    assert "api runs but does not answer" in capsys.readouterr().out
    supervisor.stop()


def test_a_child_that_answers_late_once_is_left_alone(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    child = supervisor.start(recipe(tmp_path, "api"))
    late = iter([False] * (MISSES - 1))
    asked = Event()

    def answers() -> bool:
        answered = next(late, True)
        if answered:
            asked.set()
        return answered

    supervisor.expect(child, answers, pause=0.01)
    supervisor.stopping = StopWhen(asked.is_set)
    with pytest.raises(StopRequested):
        supervisor.watch()
    assert supervisor.watched[0].child is child
    assert child.alive()
    supervisor.stop()


def test_a_full_disk_keeps_nobody_from_being_started_again_and_the_roll_is_written_later(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    first = supervisor.start(recipe(tmp_path, "api"))
    first.wait_until(lambda: up(first))
    partial = supervisor.roll_file.with_suffix(".partial")
    partial.symlink_to("/dev/full")  # every write ends in "No space left on device"
    os.kill(first.process.pid, signal.SIGKILL)
    supervisor.stopping = StopWhen(lambda: supervisor.watched[0].child is not first)
    with pytest.raises(StopRequested):
        supervisor.watch()
    second = supervisor.watched[0].child
    assert second.alive()
    assert Roll.read(supervisor.roll_file) != supervisor.roll
    partial.unlink()
    supervisor.stopping = StopWhen(lambda: not supervisor.unwritten)
    with pytest.raises(StopRequested):
        supervisor.watch()
    assert Roll.read(supervisor.roll_file) == supervisor.roll
    supervisor.stop()


def test_a_child_that_ends_for_want_of_space_is_tried_until_there_is_some(
    supervisor: Supervisor, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tries = tmp_path / "tries"
    code = f"""
import signal
with open({str(tries)!r}, "a+") as file:
    file.write("x")
    file.seek(0)
    if len(file.read()) <= {TRIES + 3}:
        raise SystemExit("could not write: No space left on device")
print("up", flush=True)
signal.pause()
"""
    supervisor.start(recipe(tmp_path, "postgres", code))
    supervisor.stopping = StopWhen(lambda: up(supervisor.watched[0].child))
    with pytest.raises(StopRequested):
        supervisor.watch()
    assert "postgres ended because the disk is full" in capsys.readouterr().out
    supervisor.stop()
