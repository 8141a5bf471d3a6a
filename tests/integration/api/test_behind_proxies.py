"""From where somebody logs in, as named proxies tell it."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from redis import Redis

from api.app import create_app
from api.throttle import Throttle, get_throttle
from dtbase.settings import get_settings


@pytest.fixture
def prefix() -> str:
    """Return a name under which this test alone counts."""
    return f"test:{uuid4().hex}:"


@pytest.fixture
def counts(
    own_environment: str, monkeypatch: pytest.MonkeyPatch, redis_url: str
) -> Iterator[Redis]:
    """Trust the proxies of one network."""
    monkeypatch.setenv("DTBASE_TRUSTED_PROXIES", "10.0.0.0/8")
    get_settings.cache_clear()
    with Redis.from_url(redis_url) as redis:
        yield redis


@pytest.mark.parametrize(
    ("peer", "counted"),
    [("10.1.2.3", "198.51.100.7"), ("192.0.2.1", "192.0.2.1")],
)
def test_a_try_to_log_in_counts_for_whom_a_trusted_proxy_names(
    counts: Redis, prefix: str, peer: str, counted: str
) -> None:
    app = create_app()
    app.dependency_overrides[get_throttle] = lambda: Throttle(counts, prefix=prefix)
    told = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7"}
    with TestClient(app, client=(peer, 50_000)) as client:
        credentials = {"email": "nobody@example.org", "password": "velvet marble canyon"}
        assert client.post("/v1/auth/login", json=credentials, headers=told).status_code == 401
    assert counts.get(f"{prefix}address:{counted}") == b"1"
