"""Whoever asks how the twin is gets an answer, whatever is wrong."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest
import requests
from redis import Redis
from sqlalchemy import Engine, text

from api.app import create_app
from dtbase import queue
from dtbase.errors import Unavailable
from dtbase.local import postgres
from dtbase.storage import probe
from dtbase.storage.database import (
    BUSY,
    get_export_engine,
    get_reading_engine,
    get_request_engine,
    transaction,
)
from dtbase.storage.probe import NAME
from dtbase.storage.reach import get_reach
from tests.conftest import forget, point_at
from tests.forks import running
from tests.integration.readings.test_crash import migrated
from tests.integration.servers import serve
from tests.live import serving
from tests.own_redis import OwnRedis
from tests.people import add_user, log_in
from tests.twins import eventually

LONG = 60
"""Seconds after which a request counts as hung, and a test as failed."""

MANY = 60
"""More requests than threads and connections."""

UNHURRIED = 20.0
"""Seconds in place of one, so that a busy machine is not taken for one that hangs."""


@contextmanager
def stopped(leader: int) -> Iterator[None]:
    """Stop a server and all its children as if the machine had hung, and let them go on again."""
    os.kill(leader, signal.SIGSTOP)  # it starts no more now
    members = [leader, *children_of(leader)]
    for pid in members:
        os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        for pid in members:
            os.kill(pid, signal.SIGCONT)


def children_of(parent: int) -> list[int]:
    """Return the processes that a process has started."""
    return [child.pid for child in psutil.Process(parent).children()]


class Twin:
    """An API that is served as a twin's is."""

    def __init__(self, url: str) -> None:
        with transaction() as session:
            token = log_in(session, add_user(session, "ann@example.org")).access_token
        self.url = url
        self.headers = {"Authorization": f"Bearer {token}"}

    def health(self) -> requests.Response:
        """Ask how the twin is."""
        return requests.get(f"{self.url}/v1/health", timeout=LONG)

    def sensors(self) -> requests.Response:
        """Ask something that needs the database."""
        return requests.get(f"{self.url}/v1/sensors", headers=self.headers, timeout=LONG)


@pytest.fixture
def redis(stack: ExitStack) -> OwnRedis:
    """Start a Redis that a test may stop."""
    return stack.enter_context(OwnRedis())


@pytest.fixture
def twin(own_database_url: str, redis: OwnRedis, monkeypatch: pytest.MonkeyPatch) -> Iterator[Twin]:
    """Serve a twin whose Redis a test may stop, and whose health is asked without hurry."""
    point_at(monkeypatch, own_database_url, redis.url)
    monkeypatch.setattr(probe, "CONNECTING", UNHURRIED)
    monkeypatch.setattr(probe, "ASKING", UNHURRIED)
    monkeypatch.setattr(queue, "SOON", UNHURRIED)
    with serving(create_app()) as url:
        yield Twin(url)
    forget()


def test_health_tells_of_a_database_that_hangs_or_died_and_nobody_waits_for_it(
    cluster: postgres.Cluster,
    redis: OwnRedis,
    stack: ExitStack,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    database = serve(cluster, stack).process.pid
    cluster.furnish()
    migrated(cluster)
    point_at(monkeypatch, cluster.url, redis.url)
    stack.callback(forget)
    twin = Twin(stack.enter_context(serving(create_app())))
    assert twin.sensors().status_code == 200

    with stopped(database), ThreadPoolExecutor(MANY) as callers:
        waiting = [callers.submit(twin.sensors) for _ in range(MANY)]
        answer = twin.health()
        assert answer.status_code == 503
        assert answer.json()["status"] == "degraded"
        assert answer.json()["database"] == {"ok": False, "edition": None, "full": False}
        assert answer.json()["aggregates"] == {"pending": None, "oldest_seconds": None}
        assert answer.json()["redis"]["ok"]
        refused = [each.result() for each in waiting]
    assert {each.status_code for each in refused} == {503}
    told = {each.json()["detail"] for each in refused}
    assert "the database does not answer" in told
    assert told <= {"the database does not answer", BUSY}  # no connection was free for long

    eventually(lambda: twin.sensors().status_code == 200)
    eventually(lambda: twin.health().status_code == 200)
    os.kill(database, signal.SIGKILL)
    redis.kill()
    # A session answers until it has noticed that PostgreSQL died without ending it.
    eventually(lambda: not twin.health().json()["database"]["ok"])
    answer = twin.health()
    assert answer.status_code == 503
    assert not answer.json()["database"]["ok"]
    assert not answer.json()["redis"]["ok"]


def test_health_tells_of_a_queue_that_hangs(
    twin: Twin, redis: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert redis.process is not None
    monkeypatch.setattr(queue, "SOON", 1.0)
    with stopped(redis.process.pid):
        answer = twin.health()
    assert answer.status_code == 503
    assert answer.json()["redis"] == {"ok": False, "workers": None}
    assert answer.json()["database"]["ok"]


def test_health_is_told_while_all_connections_are_in_use_and_others_are_refused(twin: Twin) -> None:
    with ExitStack() as held:
        for _ in range(20):
            held.enter_context(get_reading_engine().connect())
        assert twin.health().json()["database"]["ok"]
        refused = twin.sensors()
        assert refused.status_code == 503
        assert "all connections to the database are in use" in refused.json()["detail"]
    assert twin.sensors().status_code == 200


def test_a_backlog_that_cannot_be_counted_is_not_told_as_none(
    twin: Twin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "ASKING", 4.0)
    assert twin.health().json()["aggregates"]["pending"] == 0
    with transaction() as session:
        session.connection().exec_driver_sql("LOCK TABLE reading_pending")
        answer = twin.health()
    assert answer.status_code == 200
    assert answer.json()["aggregates"] == {"pending": None, "oldest_seconds": None}


def test_a_statement_of_a_request_is_ended_by_the_database_and_that_of_a_job_is_not(
    engine: Engine,
) -> None:
    limits = []
    for each in (get_request_engine(), get_reading_engine(), get_export_engine(), engine):
        with each.connect() as connection:
            limits.append(connection.exec_driver_sql("SHOW statement_timeout").scalar())
    assert limits == ["30s", "30s", "10min", "0"]


def test_a_twin_without_a_living_worker_is_not_ok(
    twin: Twin, redis: OwnRedis, tmp_path: Path
) -> None:
    assert twin.health().json()["redis"] == {"ok": True, "workers": 0}
    with Redis.from_url(redis.url) as queue:
        queue.sadd("rq:workers", "rq:worker:that-died")
    answer = twin.health()
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["redis"]["workers"]) == ("degraded", 0)
    with running("jobs.worker", tmp_path / "worker.log"):
        eventually(lambda: twin.health().json()["status"] == "ok")


def test_many_who_ask_at_once_how_the_twin_is_are_answered(twin: Twin) -> None:
    with ThreadPoolExecutor(MANY) as callers:
        answers = list(callers.map(lambda _: twin.health(), range(MANY)))
    assert {each.status_code for each in answers} == {200}


def asking() -> set[int]:
    """Return the backends that are asked how the database is."""
    query = "SELECT pid FROM pg_stat_activity WHERE application_name = :name"
    with transaction() as session:
        return {*session.scalars(text(query), {"name": NAME})}


def test_those_who_ask_again_and_again_share_one_connection_until_it_dies(twin: Twin) -> None:
    eventually(lambda: twin.health().status_code == 200 and len(asking()) == 2)
    kept = asking()
    with ThreadPoolExecutor(MANY) as callers:
        answers = [*callers.map(lambda _: twin.health(), range(3 * MANY))]
    assert {each.status_code for each in answers} == {200}
    assert asking() == kept
    with transaction() as session:
        for pid in kept:
            session.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    assert twin.health().json()["database"]["ok"]
    eventually(lambda: len(asking()) == 2)
    assert not asking() & kept


def queue_askers(redis: OwnRedis) -> set[str]:
    """Return the connections on which Redis is asked how it is."""
    with Redis.from_url(redis.url) as client:
        return {str(each["id"]) for each in client.client_list() if each["name"] == queue.HEALTH}


def test_those_who_ask_again_and_again_share_one_connection_to_redis_until_it_dies(
    twin: Twin, redis: OwnRedis
) -> None:
    assert twin.health().json()["redis"]["ok"]
    kept = queue_askers(redis)
    assert len(kept) == 1
    with ThreadPoolExecutor(MANY) as callers:
        answers = [*callers.map(lambda _: twin.health(), range(3 * MANY))]
    assert all(each.json()["redis"]["ok"] for each in answers)
    assert queue_askers(redis) == kept
    with Redis.from_url(redis.url) as client:
        client.client_kill_filter(_id=kept.pop())
    assert twin.health().json()["redis"]["ok"]
    assert len(queue_askers(redis)) == 1


def test_a_queue_that_died_is_told_and_found_again_when_it_is_back(
    twin: Twin, redis: OwnRedis
) -> None:
    assert twin.health().json()["redis"]["ok"]
    redis.kill()
    assert not twin.health().json()["redis"]["ok"]
    redis.start()
    assert twin.health().json()["redis"] == {"ok": True, "workers": 0}


def test_connections_for_health_are_let_go_with_the_api(
    own_database_url: str, redis: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_at(monkeypatch, own_database_url, redis.url)
    with serving(create_app()) as url:
        assert requests.get(f"{url}/v1/health", timeout=LONG).status_code == 200
        eventually(lambda: len(asking()) == 2)
        assert len(queue_askers(redis)) == 1
    eventually(lambda: asking() == set() == queue_askers(redis))
    forget()


def test_connections_that_have_grown_old_are_made_anew(
    twin: Twin, redis: OwnRedis, monkeypatch: pytest.MonkeyPatch
) -> None:
    eventually(lambda: twin.health().status_code == 200 and len(asking()) == 2)
    kept, of_queue = asking(), queue_askers(redis)
    for module in (probe, queue):
        monkeypatch.setattr(module, "LASTS", 0)
    eventually(lambda: twin.health().status_code == 200 and not asking() & kept)
    assert not queue_askers(redis) & of_queue


def test_a_database_without_space_is_told_and_is_not_ok(twin: Twin) -> None:
    full = "DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = 'disk_full'; END $$"
    with (
        pytest.raises(Unavailable, match="the disk of the database is full"),
        transaction() as session,
    ):
        session.connection().exec_driver_sql(full)
    answer = twin.health()
    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert answer.json()["database"]["full"]
    get_reach.cache_clear()
    assert not twin.health().json()["database"]["full"]
