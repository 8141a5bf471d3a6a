"""A twin that tests may commit to, with processes that really run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event
from time import monotonic

import psutil
import pytest
from redis import Redis

from dtbase.storage.database import driver_url
from tests.conftest import Servers, forget, point_at
from tests.databases import PROCESSES, fresh_database, redis_database


def own_redis_url(redis_url: str) -> str:
    """Return the address of a Redis database that no other test uses."""
    return redis_database(redis_url, PROCESSES)


@contextmanager
def own_twin(servers: Servers) -> Iterator[str]:
    """Point the settings at an empty database and an empty Redis until the end."""
    redis_url = own_redis_url(servers.redis_url)
    with (
        fresh_database(driver_url(servers.database_url)) as address,
        Redis.from_url(redis_url) as redis,
        pytest.MonkeyPatch.context() as patch,
    ):
        redis.flushdb()
        url = address.render_as_string(hide_password=False)
        point_at(patch, url, redis_url)
        yield url
        forget()
        redis.flushdb()


def eventually(condition: Callable[[], object], within: float = 240) -> None:
    """Wait until a condition of another process holds, which may take minutes to start."""
    pause, deadline = Event(), monotonic() + within
    while not condition():
        assert monotonic() < deadline, f"not within {within} seconds"
        pause.wait(0.05)


soon = eventually


def child_of(pid: int) -> int | None:
    """Return the process that a process has forked, if there is one."""
    children = psutil.Process(pid).children()
    return children[0].pid if children else None
