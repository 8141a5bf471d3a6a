"""Whom the processes of a twin run as: root's rights only where they are needed."""

import sys
from pathlib import Path

import pytest

from dtbase.local import rights
from dtbase.local.accounts import Account, twin_account
from dtbase.local.children import Recipe
from dtbase.local.rights import able, account_for
from dtbase.settings import environment_with

OURSELVES = twin_account()
PROGRAMS = {"PATH": "/usr/bin:/bin"}


def recipe(account: Account, folder: Path, *command: str) -> Recipe:
    return Recipe("child", command, folder / "child.log", PROGRAMS, account)


def test_a_child_of_root_runs_without_its_rights(tmp_path: Path) -> None:
    child = recipe(OURSELVES, tmp_path, "id", "-u").start()
    assert child.process.wait() == 0
    assert child.last_words() == str(OURSELVES.uid) != "0"
    again = recipe(OURSELVES, tmp_path, "id", "-G").start()
    assert again.process.wait() == 0
    assert OURSELVES.dropped is False or again.last_words() == str(OURSELVES.gid)


def test_what_only_root_reads_keeps_its_processes_with_root(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    assert able(OURSELVES, ["/bin/ls", "/"], PROGRAMS)
    if OURSELVES.dropped:
        assert not able(OURSELVES, ["/bin/ls", str(private)], PROGRAMS)
        monkeypatch.setattr(rights, "PROBE", f"import os; os.listdir({str(private)!r})")
        assert account_for(OURSELVES) is None
        assert f"run as root: the user {OURSELVES.name} cannot" in capsys.readouterr().out


def test_who_is_not_root_stays_who_they_are() -> None:
    somebody = Account("somebody", 1000, 1000, dropped=False)
    assert account_for(somebody) is None


@pytest.mark.parametrize("folder", ["DTBASE_IMPORT_FOLDER", "DTBASE_SERVICES_FOLDER"])
def test_folders_that_services_need_are_tried(tmp_path: Path, folder: str) -> None:
    settings = {
        "DTBASE_DATABASE_URL": "postgresql://nowhere/",
        "DTBASE_REDIS_URL": "redis://nowhere/",
        "DTBASE_SECRET_KEY": "a-secret-that-only-the-tests-know-0123456789",
    }
    probe = [sys.executable, "-c", rights.PROBE]
    ourselves = Account("ourselves", 0, 0, dropped=False)
    there = environment_with({**settings, folder: str(tmp_path)})
    assert able(ourselves, probe, there)
    assert not able(ourselves, probe, {**there, folder: str(tmp_path / "none")})
