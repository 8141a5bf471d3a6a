"""Processes of the twin for tests: forked from one that has imported what they import.

Each is a real process, with an environment, a log and signals of its own, that runs a module as
`python -m` does. To start one anew takes seconds of CPU, nearly all of them for imports.
"""

import os
import runpy
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from multiprocessing import forkserver, get_context
from multiprocessing.context import ForkServerContext, ForkServerProcess
from pathlib import Path
from subprocess import CompletedProcess, Popen
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Protocol

import pytest

from dtbase.settings import environment_with

SERVICES = (
    "backtest",
    "forecast",
    "import_file",
    "rebuild",
    "replay_demo",
    "runner",
    "score",
    "upkeep",
    "weather",
)
COMMANDS = ("lists", "output", "plots", "quality", "raw", "run", "runs", "services", "session")
IMPORTED = (
    "tests.forks",
    "api.app",
    "api.serving",
    "dash_app.app",
    "gunicorn.app.wsgiapp",
    "gunicorn.workers.gthread",
    "jobs.worker",
    "jobs.scheduler",
    "jobs.tasks",
    "jobs.runs",
    "jobs.backtests",
    "jobs.demo.load",
    *(f"dtbase.cli.{name}" for name in COMMANDS),
    *(f"jobs.services.{name}" for name in SERVICES),
    "scipy.optimize",
    "scipy.linalg",
)
"""What the programs import, and workers for what they are given to do."""

Streams = tuple[Path, Path, Path]
NOWHERE = Path(os.devnull)
FLAGS = (os.O_RDONLY, *(os.O_WRONLY | os.O_CREAT | os.O_APPEND,) * 2)
NONE: Mapping[str, str] = MappingProxyType({})
ONE = {"OPENBLAS_NUM_THREADS": "1"}
"""Linear algebra takes one thread, as in a twin."""


class Program(Protocol):
    """A process that runs a module."""

    pid: int

    def send_signal(self, number: int, /) -> None: ...
    def terminate(self) -> None: ...
    def kill(self) -> None: ...
    def wait(self, seconds: float, /) -> int: ...


class Run(Protocol):
    """A way to run a module as a program: it is killed if it outlives the block."""

    def __call__(
        self, module: str, log: Path, *arguments: str, variables: Mapping[str, str] = NONE
    ) -> AbstractContextManager[Program]: ...


class Forked:
    """A program that was forked."""

    def __init__(self, process: ForkServerProcess) -> None:
        self.process = process
        assert process.pid is not None
        self.pid: int = process.pid

    def send_signal(self, number: int, /) -> None:
        if self.process.is_alive():
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.process.terminate()

    def kill(self) -> None:
        self.process.kill()

    def wait(self, seconds: float, /) -> int:
        """Return how it ended."""
        self.process.join(seconds)
        assert self.process.exitcode is not None, f"it still runs after {seconds} s"
        return self.process.exitcode


@cache
def servant() -> ForkServerContext:
    """Choose what every fork begins with."""
    context = get_context("forkserver")
    context.set_forkserver_preload(list(IMPORTED))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in ONE.items():
            patch.setenv(name, value)
        forkserver.ensure_running()
    return context


@contextmanager
def running(
    module: str, log: Path, *arguments: str, variables: Mapping[str, str] = NONE
) -> Iterator[Program]:
    """Run a module as a program whose output goes to a log."""
    given = environment_with({**ONE, **variables})
    log.touch()
    child = fork((NOWHERE, log, log), given, module, arguments)
    try:
        yield child
    finally:
        child.kill()
        child.wait(120)


def finished(module: str, *arguments: str, said: str = "") -> CompletedProcess[str]:
    """Run a module as a program to its end."""
    with TemporaryDirectory() as folder:
        given, output, errors = (Path(folder) / name for name in ("in", "out", "err"))
        given.write_text(said)
        child = fork((given, output, errors), environment_with(ONE), module, arguments)
        code = child.wait(240)
        return CompletedProcess(arguments, code, output.read_text(), errors.read_text())


@contextmanager
def running_anew(
    module: str, log: Path, *arguments: str, variables: Mapping[str, str] = NONE
) -> Iterator[Program]:
    """Run a module as a program that starts from nothing, as those of a twin do."""
    with log.open("ab") as output:
        process = Popen(  # noqa: S603 - our own programs
            [sys.executable, "-m", module, *arguments],
            stdout=output,
            stderr=output,
            env=environment_with({**ONE, **variables}),
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait(120)


def fork(
    streams: Streams, environment: dict[str, str], module: str, arguments: Sequence[str]
) -> Forked:
    """Begin a program."""
    process = servant().Process(target=become, args=(streams, environment, module, arguments))
    process.start()
    return Forked(process)


def become(
    streams: Streams, environment: dict[str, str], module: str, arguments: Sequence[str]
) -> None:
    """Be the program."""
    for number, (path, flags) in enumerate(zip(streams, FLAGS, strict=True)):
        opened = os.open(path, flags, 0o600)
        os.dup2(opened, number)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - it lasts as long as the program
    os.environ.clear()  # noqa: TID251 - a program's own
    os.environ.update(environment)  # noqa: TID251
    sys.argv = [module, *arguments]
    if not hasattr(sys.modules.get(module), "__path__"):
        sys.modules.pop(module, None)  # it is imported as the main one
    runpy.run_module(module, run_name="__main__", alter_sys=True)
