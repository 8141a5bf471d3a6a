"""How one series is forecast, in one call."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.client import Client
from dtbase.domain.forecasts.runs import Model
from dtbase.errors import NotFound
from tests.factories import add_sensor
from tests.wire import client_of

CHAMPION = """
INSERT INTO champion (series_id, scenario_id, since, evidence)
SELECT s.id, c.id, now(), CAST(:evidence AS jsonb)
  FROM series s JOIN sensor ON sensor.id = s.sensor_id AND sensor.identifier = 'one'
  JOIN measure m ON m.id = s.measure_id AND m.name = 'temperature', scenario c
"""


@pytest.fixture
def client(api: TestClient, session: Session) -> Client:
    add_sensor(session, "one")
    client = client_of(api)
    client.models.add(Model(name="oracle"))
    return client


def test_a_series_that_nobody_forecasts_has_an_empty_outlook(client: Client) -> None:
    found = client.glance.outlook("one/temperature")
    assert (found.runs, found.backtests, found.champion) == ((), (), None)
    assert found.leaderboard.contenders == []
    assert found.leaderboard.unit == "degC"


def test_the_last_champion_is_told_with_its_evidence(client: Client, session: Session) -> None:
    for mase in (0.9, 0.6):
        evidence = f'{{"runs": 20, "mase": {mase}}}'
        session.execute(text(CHAMPION), {"evidence": evidence})
    found = client.glance.outlook("one/temperature").champion
    assert found is not None
    assert (found.model, found.evidence.mase) == ("oracle", 0.6)
    assert client.glance.outlook("one/rain").champion is None


def test_a_series_that_is_not_there_is_told(client: Client) -> None:
    with pytest.raises(NotFound, match="no series one/colour"):
        client.glance.outlook("one/colour")
