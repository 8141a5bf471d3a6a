"""Deleting readings: exactly those asked for, by those who may, and never what retention guards."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.domain.people.users import Role
from dtbase.storage.readings import readings
from dtbase.storage.registry.series import Resolved
from tests.factories import add_sensor, batch_of
from tests.people import add_user, carry, log_in

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def stored(session: Session) -> dict[str, Resolved]:
    found = add_sensor(session, "one")
    times = [START + timedelta(hours=hour) for hour in range(48)]
    for measure in ("temperature", "people"):
        readings.write(session, batch_of(found[measure], times, list(range(48))))
    return found


def asked(start: datetime, end: datetime, series: str = "one/temperature") -> dict[str, str]:
    return {"series": series, "start": start.isoformat(), "end": end.isoformat()}


def sums(api: TestClient, measure: str) -> list[float]:
    """Return the sums of both days."""
    params = {"bucket": "1d", "aggregates": "sum", **asked(START, START + timedelta(days=2))}
    answer = api.get("/v1/readings", params={**params, "series": f"one/{measure}"})
    (series,) = answer.json()["series"]
    values: list[float] = series["values"]["sum"]
    return values


@pytest.mark.usefixtures("stored")
def test_a_half_open_range_of_one_series_is_deleted(api: TestClient) -> None:
    range_ = asked(START + timedelta(hours=10), START + timedelta(hours=24))
    assert api.delete("/v1/readings", params=range_).json() == {"deleted": 14}
    assert sums(api, "temperature") == [sum(range(10)), sum(range(24, 48))]
    assert sums(api, "people") == [sum(range(24)), sum(range(24, 48))]
    assert api.delete("/v1/readings", params=range_).json() == {"deleted": 0}


@pytest.mark.usefixtures("stored")
def test_deleting_below_the_horizon_is_refused_plainly(
    api: TestClient, session: Session, stored: dict[str, Resolved]
) -> None:
    horizon = START + timedelta(days=1)
    session.execute(
        text("INSERT INTO reading_horizon VALUES (:id, :horizon)"),
        {"id": stored["temperature"].id, "horizon": horizon},
    )
    answer = api.delete("/v1/readings", params=asked(START, START + timedelta(days=2)))
    assert answer.status_code == 422
    assert "one/temperature before 2026-01-02" in answer.json()["detail"]
    later = api.delete("/v1/readings", params=asked(horizon, START + timedelta(days=2)))
    assert later.json() == {"deleted": 24}


@pytest.mark.usefixtures("stored")
def test_a_viewer_may_not_delete(app: FastAPI, session: Session) -> None:
    viewer = TestClient(app)
    carry(viewer, log_in(session, add_user(session, "viewer@example.org", Role.VIEWER)))
    answer = viewer.delete("/v1/readings", params=asked(START, START + timedelta(days=1)))
    assert answer.status_code == 403


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"series": "one/nothing"}, 404),
        ({"series": "one"}, 422),
        ({"end": START.isoformat()}, 422),
        ({"start": "2026-01-01T00:00:00"}, 422),
    ],
)
def test_what_names_no_series_or_no_range_deletes_nothing(
    api: TestClient, changed: dict[str, str], status: int
) -> None:
    wanted = {**asked(START, START + timedelta(days=1)), **changed}
    assert api.delete("/v1/readings", params=wanted).status_code == status
    without_end = {name: wanted[name] for name in ("series", "start")}
    assert api.delete("/v1/readings", params=without_end).status_code == 422
    assert sums(api, "temperature") == [sum(range(24)), sum(range(24, 48))]
