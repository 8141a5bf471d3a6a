"""A search ends when whoever asked has gone, and takes nobody else's statement with it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit

import pytest
import requests
from sqlalchemy import text

from api.app import create_app
from dtbase.storage import database
from dtbase.storage.database import get_engine, transaction
from dtbase.storage.readings import readings
from tests.factories import add_sensor, batch_of
from tests.live import serving
from tests.people import add_user, log_in
from tests.twins import eventually

START = datetime(2026, 3, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
SEARCHES = {
    "/v1/periods": {"condition": "one/temperature above 3"},
    "/v1/likes": {
        "series": "one/temperature",
        "start": START.isoformat(),
        "end": (START + 5 * HOUR).isoformat(),
        "bucket": "1h",
    },
}
WAITING = text("""
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%reading%'
""")
"""Statements that wait for a lock on readings."""


@contextmanager
def readings_locked() -> Iterator[None]:
    """Keep everybody from readings, so that a search cannot come to an end by itself."""
    with get_engine().connect() as holding:
        holding.execute(text("LOCK TABLE reading, reading_hour IN ACCESS EXCLUSIVE MODE"))
        yield
        holding.rollback()


def waiting() -> int:
    with transaction() as session:
        count: int = session.execute(WAITING).scalar_one()
        return count


@pytest.fixture
def token(own_environment: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Make a twin with two days of one sensor, whose statements have no limit of time."""
    monkeypatch.setattr(database, "ORDINARY", 0)
    with transaction() as session:
        found = add_sensor(session, "one")
        times = [START + n * HOUR for n in range(48)]
        readings.write(session, batch_of(found["temperature"], times, [n % 7.0 for n in range(48)]))
        return log_in(session, add_user(session, "ann@example.org")).access_token


@pytest.mark.parametrize("path", SEARCHES)
def test_the_statement_of_a_search_ends_when_whoever_asked_has_gone(token: str, path: str) -> None:
    bearer = {"Authorization": f"Bearer {token}"}
    with serving(create_app()) as url:
        where = urlsplit(url)
        asked = f"GET {path}?{urlencode(SEARCHES[path])} HTTP/1.1\r\nHost: {where.netloc}\r\n"
        asked += f"Authorization: {bearer['Authorization']}\r\n\r\n"
        with readings_locked():
            with socket.create_connection((where.hostname, where.port)) as asking:
                asking.sendall(asked.encode())
                eventually(lambda: waiting() == 1)
            eventually(lambda: waiting() == 0)
        answer = requests.get(f"{url}{path}", SEARCHES[path], headers=bearer, timeout=240)
        assert answer.status_code == 200, answer.text
