"""A twin that tests may commit to, with processes that really run."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from time import monotonic
from urllib.parse import urlsplit

import pytest
from redis import Redis

from dtbase.storage.database import driver_url
from tests.conftest import (
    Services,
    create_database,
    drop_database,
    forget,
    point_at,
)

APART = 8
"""How far the database of such tests is from the one that other tests use."""


def own_redis_url(redis_url: str) -> str:
    """Return the address of a Redis database that no other test uses."""
    address = urlsplit(redis_url)
    number = int(address.path.strip("/") or 0)
    return address._replace(path=f"/{(number + APART) % 16}").geturl()


@contextmanager
def own_twin(services: Services) -> Iterator[str]:
    """Point the settings at an empty database and an empty Redis until the end."""
    server = driver_url(services.database_url)
    address = create_database(server)
    redis_url = own_redis_url(services.redis_url)
    with Redis.from_url(redis_url) as redis, pytest.MonkeyPatch.context() as patch:
        redis.flushdb()
        url = address.render_as_string(hide_password=False)
        point_at(patch, url, redis_url)
        yield url
        forget()
        redis.flushdb()
    drop_database(address, server)


@contextmanager
def running(module: str, log: Path, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run `python -m module` until the end of the block."""
    with log.open("ab") as output:
        process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", module, *arguments],
            stdout=output,
            stderr=output,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # noqa: TID251 - for a child
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait(10)


def eventually(condition: Callable[[], object], within: float = 60) -> None:
    """Wait until a condition of another process holds, or fail."""
    pause, deadline = Event(), monotonic() + within
    while not condition():
        assert monotonic() < deadline, f"not within {within} seconds"
        pause.wait(0.05)


def soon(condition: Callable[[], object]) -> None:
    """Wait for what new processes do, which on a busy machine may take a minute to start."""
    eventually(condition, within=240)


def child_of(pid: int) -> int | None:
    """Return the process that a process has forked, if there is one."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0]) if children else None
