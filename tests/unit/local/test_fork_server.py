"""Processes are forked from one that has imported what they share, and are like any other."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import monotonic, sleep

import psutil
import pytest

from dtbase.local.children import Child, Recipe
from dtbase.local.fork_server import UNKNOWN, ForkServer
from dtbase.local.forking import Request
from dtbase.local.processes import Started
from dtbase.local.stopping import Stopping, StopRequested
from dtbase.local.supervisor import Supervisor
from dtbase.processes import SHARED, Process
from dtbase.settings import environment_with
from tests.children import stopping_children

CHILD = """
import os, signal, sys
if __name__ == "__main__":
    print(" ".join(sys.argv[1:]), ascii(os.environ.get("WORD")), os.environ.get("PYTHONPATH"))
    print(os.getcwd(), os.getsid(0) == os.getpid(), os.nice(0), sys.stdin.read() or "nothing")
    print("error", file=sys.stderr)
    if sys.argv[1] == "stay":
        print("up", flush=True)
        signal.pause()
    sys.exit(int(sys.argv[1]))
"""


@dataclass
class Forks:
    """A fork server, and a folder for the logs of its forks."""

    fork_server: ForkServer
    folder: Path

    def request(self, word: str, nice: int = 0, said: str = "green") -> Request:
        process = Process(module="child", arguments=(word,))
        return Request(name="child-1", process=process, environment={"WORD": said}, nice=nice)

    def recipe(self, word: str, nice: int = 0) -> Recipe:
        """Return how to fork, or to start, a process that stays, or ends with a code."""
        request = self.request(word, nice)
        recipe = Recipe("child", request.process.command(), self.folder / "child.log", {})
        recipe = replace(recipe, environment={"PYTHONPATH": str(self.folder)})
        return replace(recipe, fork=partial(self.fork_server.fork, request))

    def start(self, word: str, nice: int = 0) -> Child:
        """Fork one, and wait until it is up or has ended."""
        child = self.recipe(word, nice).start()
        wait_for(lambda: up(child) or not child.alive())
        return child


def up(child: Child) -> bool:
    return "up" in child.last_words()


def wait_for(so: Callable[[], object]) -> None:
    deadline = monotonic() + 60
    while not so():
        assert monotonic() < deadline
        sleep(0.01)


def held_by(pid: int) -> list[str]:
    """Return what a process has open: the names of files, and sockets."""
    held = [path.readlink() for path in Path(f"/proc/{pid}/fd").iterdir()]
    return [path.name.partition(":")[0] for path in held]


@contextmanager
def opened(folder: Path, *shared: str) -> Iterator[Forks]:
    """Have a fork server until the end of the block."""
    (folder / "child.py").write_text(CHILD)
    variables = environment_with({"PYTHONPATH": str(folder), "PYTHONUNBUFFERED": "1"})
    fork_server = ForkServer.open(folder / "fork-server.log", variables, shared=shared)
    with closing(fork_server):
        fork_server.wait_until_ready(sleep)
        yield Forks(fork_server, folder)


@pytest.fixture(scope="module")
def forks(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Forks]:
    with opened(tmp_path_factory.mktemp("forks"), *SHARED) as forks:
        yield forks


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Forks]:
    """Give a fork server of little that a test may end."""
    with opened(tmp_path) as forks:
        yield forks


def test_a_fork_has_its_own_arguments_surroundings_session_and_log(forks: Forks) -> None:
    child = forks.start("stay", nice=3)
    told = child.last_words().splitlines()
    assert told == ["stay 'green' None", f"{Path.cwd()} True 3 nothing", "error", "up"]
    assert Path(f"/proc/{child.process.pid}/comm").read_text() == "child-1\n"


def test_a_forks_surroundings_may_hold_bytes_that_are_no_utf_8(
    forks: Forks, tmp_path: Path
) -> None:
    said = os.fsdecode(b"gr\xfcn \xe2\x98\x83")
    with (tmp_path / "log").open("wb") as log:
        assert forks.fork_server.fork(forks.request("0", said=said), log).wait() == 0
    assert r"'gr\udcfcn \u2603'" in (tmp_path / "log").read_text()


def test_a_fork_is_stopped_by_its_signal_and_told_by_its_code(forks: Forks) -> None:
    child = forks.start("stay")
    assert child.alive()
    child.stop()
    assert child.process.returncode == -signal.SIGTERM
    ended = forks.start("7")
    assert ended.process.returncode == 7
    assert not psutil.pid_exists(ended.process.pid)


def test_what_a_fork_says_to_what_is_typed_is_returned_with_its_code(forks: Forks) -> None:
    process = Process(module="child", arguments=("4",))
    code, said = forks.fork_server.run(
        Request(name="child", process=process, environment={}, typed="a secret")
    )
    assert code == 4
    assert said.splitlines()[1].endswith(" a secret")
    assert said.splitlines()[2] == "error"


def test_a_fork_leaves_nothing_open_that_is_the_fork_servers(forks: Forks) -> None:
    child = forks.start("stay")
    assert sorted(held_by(child.process.pid)) == ["child.log", "child.log", "null"]


def test_forks_hold_what_they_share_once(forks: Forks) -> None:
    child = forks.start("stay")
    memory = psutil.Process(child.process.pid).memory_full_info()
    assert memory.rss > 60 * 2**20
    assert memory.uss < memory.rss / 3


def test_what_is_shared_starts_no_thread_connects_to_nothing_and_loads_no_arrow(
    forks: Forks,
) -> None:
    fork_server = psutil.Process(forks.fork_server.process.pid)
    assert fork_server.num_threads() == 1
    assert sorted(held_by(fork_server.pid)) == [
        "fork-server.log",
        "fork-server.log",
        "null",
        "socket",
    ]
    mapped = {Path(each.path).name for each in fork_server.memory_maps()}
    assert any(name.startswith("_psycopg") for name in mapped)
    assert not any(name.startswith("libarrow") for name in mapped)


def test_a_fork_that_is_killed_is_forked_again(forks: Forks) -> None:
    supervisor = Supervisor(forks.folder / "roll.json", Stopping(), first_wait=0.01)
    first = supervisor.start(forks.recipe("stay"))
    wait_for(lambda: up(first))
    os.kill(first.process.pid, signal.SIGKILL)
    watch_until(supervisor, lambda: supervisor.watched[0].child is not first)
    second = supervisor.watched[0].child
    assert first.process.returncode == -signal.SIGKILL
    assert psutil.Process(second.process.pid).ppid() == forks.fork_server.process.pid
    supervisor.stop()
    assert not second.started.runs()


def watch_until(supervisor: Supervisor, so: Callable[[], bool]) -> None:
    def pause(seconds: float) -> None:
        if so():
            raise StopRequested
        sleep(seconds)

    supervisor.stopping.pause = pause  # type: ignore[method-assign]
    with pytest.raises(StopRequested):
        supervisor.watch()
    del supervisor.stopping.pause


def test_forks_outlive_a_killed_fork_server_and_are_then_started_by_themselves(own: Forks) -> None:
    supervisor = Supervisor(own.folder / "roll.json", Stopping(), first_wait=0.01)
    first = supervisor.start(own.recipe("stay"))
    wait_for(lambda: up(first))
    own.fork_server.process.kill()
    own.fork_server.process.wait()
    assert first.alive()
    os.kill(first.process.pid, signal.SIGKILL)
    watch_until(supervisor, lambda: supervisor.watched[0].child is not first)
    assert first.process.returncode == UNKNOWN
    second = supervisor.watched[0].child
    assert psutil.Process(second.process.pid).ppid() == os.getpid()
    wait_for(lambda: up(second))
    supervisor.stop()


def test_a_fork_that_is_told_of_too_late_ends(own: Forks) -> None:
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    os.kill(own.fork_server.process.pid, signal.SIGSTOP)
    own.fork_server.ours.settimeout(0.1)
    with os.fdopen(writing, "wb") as log, pytest.raises(TimeoutError):
        own.fork_server.fork(own.request("stay"), log)
    os.kill(own.fork_server.process.pid, signal.SIGCONT)
    wait_for(lambda: is_at_end(reading))
    os.close(reading)


def is_at_end(pipe: int) -> bool:
    """Tell whether nobody is left who could write into a pipe, past what was written."""
    try:
        return os.read(pipe, 4096) == b""
    except BlockingIOError:
        return False


def test_a_fork_server_that_cannot_import_lets_processes_start_by_themselves(
    tmp_path: Path,
) -> None:
    with opened(tmp_path, "not_there") as forks:
        child = forks.start("stay")
        assert "not_there" in (tmp_path / "fork-server.log").read_text()
        assert psutil.Process(child.process.pid).ppid() == os.getpid()


def test_a_fork_server_ends_with_who_asks_it(own: Forks) -> None:
    child = own.start("stay")
    own.fork_server.ours.close()
    assert own.fork_server.process.wait(60) == 0
    assert child.alive()


def test_a_started_fork_is_known_to_be_the_same(forks: Forks) -> None:
    child = forks.start("stay")
    assert child.started == Started.now("child", child.process.pid)
    child.stop()
    assert not child.started.runs()


def test_a_fork_ends_with_a_test_that_fails_while_it_runs(forks: Forks) -> None:
    with suppress(ZeroDivisionError), stopping_children() as children:
        forks.start("stay")
        raise ZeroDivisionError
    assert [child.process.returncode for child in children] == [-signal.SIGTERM]
