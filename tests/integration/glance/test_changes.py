"""What changed is told by versions, whoever changed it, and nothing is missed."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.client import Client
from dtbase.domain.glance.changes import Changes
from dtbase.domain.registry.locations import Location
from dtbase.storage.database import get_engine, transaction
from dtbase.storage.glance import changes
from dtbase.storage.readings import readings, rollups
from tests.factories import add_sensor, batch_of
from tests.wire import client_of

NOW = datetime(2026, 1, 8, tzinfo=UTC)


def seen(client: Client) -> Changes:
    found = client.glance.changes()
    assert found is not None
    return found


@pytest.fixture
def client(api: TestClient) -> Client:
    return client_of(api)


def test_nothing_new_is_answered_without_a_body(api: TestClient, client: Client) -> None:
    known = seen(client)
    assert client.glance.changes(known) is None
    tag = api.get("/v1/changes").headers["ETag"]
    answer = api.get("/v1/changes", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.content, answer.headers["ETag"]) == (304, b"", tag)


@pytest.mark.parametrize(
    ("measure", "values"), [("temperature", [1.0, 2.0]), ("state", ["on", "off"])]
)
def test_new_readings_of_any_kind_change_their_version_alone(
    client: Client, session: Session, measure: str, values: list[float | str]
) -> None:
    series = add_sensor(session)[measure]
    before = seen(client)
    times = [NOW, NOW + timedelta(hours=1)]
    readings.write(session, batch_of(series, times, values))
    after = client.glance.changes(before)
    assert after is not None
    assert after.readings != before.readings
    assert (after.runs, after.registry) == (before.runs, before.registry)


def test_the_same_readings_again_are_no_news(client: Client, session: Session) -> None:
    series = add_sensor(session)["temperature"]
    readings.write(session, batch_of(series, [NOW], [1.0]))
    before = seen(client)
    readings.write(session, batch_of(series, [NOW], [1.0]))
    assert client.glance.changes(before) is None


def test_a_change_of_the_registry_changes_its_version_alone(client: Client) -> None:
    before = seen(client)
    client.locations.add(Location(identifier="roof", name="Roof"))
    after = client.glance.changes(before)
    assert after is not None
    assert after.registry != before.registry
    assert after.readings == before.readings


def test_a_run_is_told_when_it_begins_and_when_it_ends(client: Client, session: Session) -> None:
    session.execute(text("INSERT INTO service (name, kind, queue) VALUES ('s', 'python', 'q')"))
    before = seen(client)
    insert = "INSERT INTO service_run (service_id, asked_by) SELECT id, 'ann' FROM service"
    session.execute(text(f"{insert} WHERE name = 's'"))
    queued = client.glance.changes(before)
    session.execute(text("UPDATE service_run SET status = 'running', done = 1"))
    running = client.glance.changes(queued)
    session.execute(text("UPDATE service_run SET status = 'succeeded'"))
    ended = client.glance.changes(running)
    versions = [each.runs for each in (before, queued, running, ended) if each is not None]
    assert len(set(versions)) == 4


def test_what_is_written_but_not_committed_when_asked_is_told_later(own_environment: str) -> None:
    with transaction() as session:
        series = add_sensor(session)["temperature"]
    with transaction() as writing:
        readings.write(writing, batch_of(series, [NOW], [1.0]))
        with transaction() as session:
            during = changes.current(session)
    rollups.refresh(get_engine())  # nothing is left in the log that could tell
    with transaction() as session:
        assert changes.current(session).readings != during.readings
