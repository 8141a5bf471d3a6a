"""Signs of life, on a real Redis."""

from socket import gethostname

import pytest
from redis import Redis
from typer.testing import CliRunner

from dtbase.cli import app
from dtbase.heartbeats import LASTS, WORKERS, beat, key
from jobs.scheduler import say_alive


def ends_with(process: str) -> int:
    """Return how `dtbase healthy` ends."""
    return CliRunner().invoke(app, ["healthy", process]).exit_code


@pytest.fixture
def redis(environment: None, redis_url: str) -> Redis:
    """Return the tests' Redis without any sign of life."""
    found = Redis.from_url(redis_url)
    found.delete(key("scheduler"))
    return found


def test_a_scheduler_is_healthy_once_it_ticks_and_not_for_long_after_its_last_tick(
    redis: Redis,
) -> None:
    assert ends_with("scheduler") == 1
    say_alive()
    assert ends_with("scheduler") == 0
    assert 0 < redis.ttl(key("scheduler")) <= LASTS


def test_a_sign_of_another_process_is_none_of_this_one(redis: Redis) -> None:
    beat("somebody-else")
    assert ends_with("scheduler") == 1


def test_a_worker_is_healthy_where_rq_lists_one_of_this_machine(redis: Redis) -> None:
    name = f"rq:worker:of-{gethostname()}"
    redis.sadd(WORKERS, name)
    redis.hset(name, "hostname", "elsewhere")
    try:
        assert ends_with("worker") == 1
        redis.hset(name, "hostname", gethostname())
        assert ends_with("worker") == 0
    finally:
        redis.srem(WORKERS, name)
        redis.delete(name)


def test_without_redis_nothing_is_healthy(
    environment: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dtbase.settings import get_settings

    monkeypatch.setenv("DTBASE_REDIS_URL", "redis://127.0.0.1:1/0")
    get_settings.cache_clear()
    assert ends_with("worker") == 1
    assert ends_with("scheduler") == 1
