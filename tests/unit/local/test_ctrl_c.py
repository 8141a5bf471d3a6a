"""Ctrl-C reaches a whole terminal: whom it is for, and when."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from dtbase.cli.local import heed_ctrl_c
from dtbase.local import bootstrap, up
from dtbase.local.accounts import Account
from dtbase.local.fork_server import ForkServer
from dtbase.local.places import State
from dtbase.local.programs import works


def held_back() -> bool:
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])


@pytest.fixture
def signals() -> Iterator[None]:
    handler = signal.getsignal(signal.SIGINT)
    yield
    signal.signal(signal.SIGINT, handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})


@pytest.mark.usefixtures("signals")
def test_ctrl_c_is_held_back_until_a_command_is_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    held = []
    monkeypatch.setattr(os, "execv", lambda *_: held.append(held_back()))
    monkeypatch.setattr(os, "chdir", lambda _: None)
    bootstrap.main(["-", "dtbase.cli", "up"])
    assert held == [True]
    heed_ctrl_c()
    assert not held_back()


def test_a_program_that_is_asked_for_its_version_does_not_hear_ctrl_c(tmp_path: Path) -> None:
    program = tmp_path / "redis-server"
    alone = "[ $(cut -d' ' -f6 /proc/$$/stat) = $$ ]"
    program.write_text(f"#!/bin/sh\n{alone} && echo 'Redis server v=7.0.15'\n")
    program.chmod(0o755)
    assert works(program)


def test_ctrl_c_before_anything_is_started_leaves_no_fork_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[ForkServer] = []

    def open_one(*_: object) -> ForkServer:
        opened.append(ForkServer.open(tmp_path / "log", {}, shared=()))
        return opened[0]

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    state = State(tmp_path, Account("ourselves", os.getuid(), os.getgid(), dropped=False))
    monkeypatch.setattr(up, "open_state", lambda: state)
    monkeypatch.setattr(up, "ensure_free", lambda _: None)
    monkeypatch.setattr(up, "run", interrupt)
    monkeypatch.setattr(ForkServer, "try_to_open", open_one)
    with pytest.raises(KeyboardInterrupt):
        up.up()
    assert opened[0].process.returncode == -signal.SIGKILL
