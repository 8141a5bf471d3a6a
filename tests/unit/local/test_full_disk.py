"""A full disk while the twin starts is waited for; whatever else is wrong ends the start."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from dtbase.errors import Unavailable
from dtbase.local import space
from dtbase.local.children import Recipe
from dtbase.local.space import Room
from dtbase.local.stopping import Stopping, StopRequested


class Phase:
    """What fails so often before it succeeds, and what was undone meanwhile."""

    def __init__(self, fails: Callable[[], object], times: int = 2) -> None:
        """Fail in this way, so many times."""
        self.fails = fails
        self.times = times
        self.undone = 0

    def run(self) -> str:
        """Fail, or be done."""
        if self.undone < self.times:
            self.fails()
        return "done"

    def undo(self) -> None:
        """Count that it was taken back."""
        self.undone += 1


def write_to_a_full_disk() -> None:
    Path("/dev/full").write_text("x")  # which ends in "No space left on device"


def commit_on_a_full_disk() -> None:
    raise psycopg.errors.DiskFull


@pytest.fixture
def room(tmp_path: Path) -> Room:
    return Room(tmp_path, Stopping(), first_wait=0)


@pytest.fixture
def end_for_want_of_space(tmp_path: Path) -> Callable[[], None]:
    """Return what starts a child that finds no space."""
    command = ["sh", "-c", "echo 'could not write: No space left on device'; exit 1"]

    def start() -> None:
        child = Recipe("postgres", command, tmp_path / "log", {}).start()
        child.wait_until(lambda: False)

    return start


@pytest.mark.parametrize("way", ["file", "database", "child"])
def test_a_start_that_found_the_disk_full_is_undone_and_goes_on(
    room: Room,
    end_for_want_of_space: Callable[[], None],
    way: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    ways = {
        "file": write_to_a_full_disk,
        "database": commit_on_a_full_disk,
        "child": end_for_want_of_space,
    }
    phase = Phase(ways[way])
    assert room.insist(phase.run, phase.undo) == "done"
    assert phase.undone == 2
    assert capsys.readouterr().out.count("The disk is full") == 2


def test_whatever_else_fails_ends_the_start(room: Room) -> None:
    def fail() -> None:
        raise Unavailable("the database refused")

    phase = Phase(fail)
    with pytest.raises(Unavailable, match="refused"):
        room.insist(phase.run, phase.undo)
    assert phase.undone == 0


def test_any_failure_on_a_disk_with_nothing_left_is_its_fault(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(space, "SPARE_BYTES", 2**80)
    assert room.lacked(Unavailable("the database refused"))


def test_who_waits_for_space_can_be_stopped(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(space, "SPARE_BYTES", 2**80)
    room.stopping.wanted = True
    with pytest.raises(StopRequested):
        room.wait(0)
