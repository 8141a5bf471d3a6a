"""Programs that are installed are taken only if they do their work."""

from pathlib import Path

import pytest

from dtbase.local import programs

REDIS = "Redis server v={} sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=1"
UNFIT = {
    "one that is no Redis": "echo hello",
    "one that fails": "echo 'Redis server v=8.0.2 sha=0'; exit 1",
    "one that lacks a library": "exec /nowhere/redis-server",
    "one that is too old": f"echo '{REDIS.format('6.0.16')}'",
    "one of long ago": f"echo '{REDIS.format('2.8.4')}'",
}


def server(folder: Path, name: str, script: str) -> Path:
    """Make a program that does what a script says."""
    program = folder / name
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("script", UNFIT.values(), ids=UNFIT)
def test_a_redis_on_the_path_that_does_not_work_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    server(tmp_path, "redis-server", script)
    assert programs.installed_redis() is None
    valkey = "Valkey server v=8.1.1 sha=00000000:0 malloc=jemalloc-5.3.0 bits=64 build=1"
    second = server(tmp_path, "valkey-server", f"echo '{valkey}'")
    assert programs.installed_redis() == second


def test_a_redis_that_works_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert programs.installed_redis() is None
    found = server(tmp_path, "redis-server", f"echo '{REDIS.format('7.2.4')}'")
    assert programs.installed_redis() == found


def test_a_program_that_is_no_program_is_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    broken = tmp_path / "redis-server"
    broken.write_bytes(b"\x7fELF")
    broken.chmod(0o755)
    assert programs.installed_redis() is None
