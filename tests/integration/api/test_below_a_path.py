"""The API below a path."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from dtbase.domain.people.users import Role
from dtbase.settings import get_settings
from dtbase.storage.database import transaction
from tests.people import add_user, carry, log_in


@pytest.fixture
def below(own_environment: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    """Serve the API below /twin."""
    monkeypatch.setenv("DTBASE_PATH_PREFIX", "/twin")
    get_settings.cache_clear()
    with TestClient(create_app()) as client:
        yield client


@pytest.mark.parametrize("path", ["/twin/v1/health", "/v1/health"])
def test_routes_answer_whether_or_not_the_proxy_took_the_prefix_off(
    below: TestClient, path: str
) -> None:
    assert below.get(path).status_code == 200


def test_the_document_and_its_page_lead_below_the_path(below: TestClient) -> None:
    assert below.get("/twin/openapi.json").json()["servers"][0]["url"] == "/twin/"
    assert "/twin/openapi.json" in below.get("/twin/docs").text


@pytest.mark.parametrize("path", ["/twin/v1/measures", "/v1/measures"])
def test_an_answer_leads_to_where_the_thing_is_below_the_path(below: TestClient, path: str) -> None:
    with transaction() as session:
        carry(below, log_in(session, add_user(session, "ada@example.org", Role.EDITOR)))
    answer = below.post(path, json={"name": f"warmth-of-{path.count('/')}"})
    assert answer.headers["Location"] == f"/twin/v1/measures/warmth-of-{path.count('/')}"


def test_what_strangers_may_send_is_as_little_below_a_path(below: TestClient) -> None:
    answer = below.post("/twin/v1/auth/login", content=b" " * 20_000)
    assert (answer.status_code, answer.headers["cache-control"]) == (413, "no-store")
    assert below.get("/twin/v1/nothing").json()["type"] == "not-found"
