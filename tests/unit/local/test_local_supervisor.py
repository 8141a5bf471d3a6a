"""One parent starts, restarts and stops its children."""

import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

import pytest

from dtbase.errors import Unavailable
from dtbase.local.children import Child, Recipe
from dtbase.local.stopping import Stopping, StopRequested
from dtbase.local.supervisor import STEADY_SECONDS, TRIES, Supervisor, Watched

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
