"""A whole twin, started as people start it: up, killed, up again, down."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from dtbase.client import Client
from dtbase.local.alone import roll_file
from dtbase.local.places import CHECKOUT, State, open_state
from dtbase.local.ports import answers, free_port
from dtbase.local.processes import Roll
from tests.twins import eventually

pytestmark = pytest.mark.timeout(300)


class Shell:
    """A terminal in which somebody types our commands."""

    def __init__(self, state: State) -> None:
        """Choose free ports and a state folder of its own."""
        self.state = state
        self.api, self.web = free_port(), free_port()

    def command(self, name: str) -> list[str]:
        """Return how to run a command, as if nothing of DTBase's were in the environment."""
        hidden = [f"--unset=DTBASE_{name}" for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")]
        chosen = {"API_PORT": self.api, "WEB_PORT": self.web, "STATE_FOLDER": self.state.folder}
        settings = [f"DTBASE_{name}={value}" for name, value in chosen.items()]
        return ["env", *hidden, *settings, sys.executable, "-m", "dtbase.cli", name]

    def up(self) -> "Running":
        """Start the twin and read what it prints until it is ready."""
        process = subprocess.Popen(
            self.command("up"), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            cwd=CHECKOUT, start_new_session=True,
        )  # fmt: skip
        return Running(process, self)

    def run(self, name: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command to its end, with nobody to ask."""
        command = [*self.command(name), *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip


class Running:
    """A twin that has told how to reach it."""

    def __init__(self, process: "subprocess.Popen[str]", shell: Shell) -> None:
        """Read what it prints until it has said how to stop it."""
        self.process, self.shell = process, shell
        self.told = ""
        assert process.stdout is not None
        for line in process.stdout:
            self.told += line
            if "make down" in line:
                break

    def log_in(self) -> Client:
        """Log in as the first admin, with the password it printed."""
        found = re.search(r"E-mail +(\S+)\n +Password +(\S+)", self.told)
        assert found is not None, self.told
        client = Client(f"http://127.0.0.1:{self.shell.api}")
        client.log_in(found[1], found[2])
        return client

    def rest(self) -> str:
        """Wait for its end and return what it printed meanwhile."""
        return self.process.communicate()[0]


@pytest.fixture(scope="module")
def shell() -> Iterator[Shell]:
    """Give a state folder that shares the packages that were fetched already."""
    main = open_state()
    state = State(main.folder / "tests-own" / f"twin-{os.getpid()}", main.account)
    state.folder.parent.mkdir(exist_ok=True)
    state.folder.parent.chmod(0o711)
    state.create()
    if main.packages.exists():
        state.packages.symlink_to(main.packages)
    shell = Shell(state)
    yield shell
    shell.run("down")
    shell.run("clean", "--yes")


@pytest.fixture(scope="module")
def running(shell: Shell) -> Running:
    return shell.up()


def test_a_twin_says_how_to_reach_enter_and_stop_it(running: Running) -> None:
    assert f"http://127.0.0.1:{running.shell.web}" in running.told
    assert f"http://127.0.0.1:{running.shell.api}/docs" in running.told
    assert "Ctrl-C" in running.told
    assert running.log_in().series.list()


def test_no_child_has_roots_rights_unless_that_was_said(running: Running) -> None:
    roll = Roll.read(roll_file(running.shell.state))
    assert roll is not None
    account = running.shell.state.account
    ours = os.geteuid() if "dashboard and workers run as root" in running.told else account.uid
    servers = {"postgres", "redis"}
    users = {  # what had only to be done once has ended
        child.name: psutil.Process(child.pid).uids().effective
        for child in roll.children
        if psutil.pid_exists(child.pid)
    }
    assert {*users} > {*servers, "api", "dash", "scheduler", "worker-1"}
    for name, uid in users.items():
        assert uid == (account.uid if name in servers else ours), name


def test_its_processes_hold_what_they_share_once(running: Running) -> None:
    children = forks(running)
    (fork_server,) = {child.parent() for child in children.values()}
    assert fork_server is not None
    assert fork_server.parent() == psutil.Process(running.process.pid)
    for name in ("scheduler", "worker-1", "worker-2"):
        memory = children[name].memory_full_info()
        assert memory.uss < memory.rss / 2, name


def forks(running: Running) -> dict[str, psutil.Process]:
    """Return what runs of our own, by name."""
    roll = Roll.read(roll_file(running.shell.state))
    assert roll is not None
    names = {"api", "dash", "scheduler", "worker-1", "worker-2"}
    return {
        child.name: psutil.Process(child.pid)
        for child in roll.children
        if child.name in names and child.runs()
    }


def test_a_killed_worker_is_replaced(running: Running) -> None:
    killed = forks(running)["worker-1"]
    killed.kill()
    assert running.process.stdout is not None
    said = next(line for line in running.process.stdout if line.strip())
    assert "worker-1 ended by itself (code -9)" in said
    eventually(lambda: forks(running).get("worker-1", killed) != killed)
    assert forks(running)["worker-1"].parent() == forks(running)["api"].parent()


def test_a_second_up_is_refused_and_disturbs_nothing(running: Running) -> None:
    second = running.shell.run("up")
    assert second.returncode != 0
    assert re.search(r"running or starting already .*make down", second.stderr)
    assert running.process.poll() is None


def test_other_commands_can_be_pointed_at_the_twin(running: Running) -> None:
    variables = running.shell.state.folder / "twin.env"
    assert variables.stat().st_mode & 0o777 == 0o600
    command = f"set -a; . '{variables}'; exec '{sys.executable}' -m dtbase.cli user list"
    listed = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True)
    assert "admin@example.org\tadmin\tactive" in listed.stdout


def test_a_killed_parent_is_recovered_by_the_next_up_with_all_data(running: Running) -> None:
    client = running.log_in()
    before = client.series.list()
    os.kill(running.process.pid, signal.SIGKILL)
    running.rest()
    again = running.shell.up()
    assert "an earlier start ended abruptly" in again.told
    assert "Loading the demo" not in again.told
    assert again.log_in().series.list() == before
    running.process, running.told = again.process, again.told


def test_down_stops_every_child_and_keeps_the_data(running: Running) -> None:
    roll = Roll.read(roll_file(running.shell.state))
    assert roll is not None
    (fork_server,) = {child.parent() for child in forks(running).values()}
    assert running.shell.run("down").returncode == 0
    stopped = re.findall(r"stopping (\S+)", running.rest())
    order = ["scheduler", "worker-2", "worker-1", "dash", "api", "redis", "postgres"]
    assert stopped == order
    assert not any(child.runs() for child in roll.children)
    assert fork_server is not None
    assert not fork_server.is_running()
    assert not answers(running.shell.api)
    assert running.process.returncode == 0


def test_down_without_a_twin_says_so(shell: Shell) -> None:
    assert "No twin is running." in shell.run("down").stdout


def test_clean_removes_nothing_unless_somebody_says_yes(shell: Shell) -> None:
    refused = shell.run("clean")
    assert refused.returncode != 0
    assert "ARGS=--yes" in refused.stderr
    assert shell.state.folder.exists()
