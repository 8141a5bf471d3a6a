"""Predictions stand side by side on the times that they share."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dtbase.client import Client
from dtbase.domain.forecasts.outcomes import NewOutcome, NewOutput
from dtbase.domain.forecasts.runs import Model, Scenario
from dtbase.errors import Invalid, NotFound
from tests.factories import add_sensor
from tests.wire import client_of

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def client(api: TestClient, session: Session) -> Client:
    add_sensor(session, "one")
    client = client_of(api)
    for name in ("oracle", "other"):
        client.models.add(Model(name=name))
        client.models.scenarios(name).add(Scenario(name="warm"))
    return client


def add(
    client: Client, model: str, scenario: str, hour: int, values: list[float], measure: str
) -> int:
    times = [NOON + (hour + place) * HOUR for place in range(len(values))]
    output = NewOutput(sensor="one", measure=measure, times=times, values=values)
    new = NewOutcome(model=model, scenario=scenario, issued_at=NOON + hour * HOUR, outputs=[output])
    return client.runs.add(new).id


def test_scenarios_of_a_model_stand_side_by_side_with_their_differences(client: Client) -> None:
    add(client, "oracle", "default", 0, [1.0, 2, 3, 4], "temperature")
    add(client, "oracle", "warm", 1, [4.0, 6, 8, 10], "temperature")
    found = client.scores.compare(
        "one/temperature", models=["oracle"], scenarios=["default", "warm"]
    )
    assert found.times == [NOON + place * HOUR for place in (1, 2, 3)]
    first, second = found.sides
    assert (first.scenario, first.values, first.mean_difference) == ("default", [2, 3, 4], 0)
    assert (second.scenario, second.values) == ("warm", [4, 6, 8])
    assert (second.difference, second.mean_difference) == ([2, 3, 4], 3)
    assert found.unit == "degC"


def test_runs_stand_side_by_side_and_directions_differ_the_shorter_way_round(
    client: Client,
) -> None:
    runs = [
        add(client, model, "default", 0, [value], "direction")
        for model, value in (("oracle", 350.0), ("other", 20.0), ("other", 340.0))
    ]
    found = client.scores.compare("one/direction", runs=runs)
    assert [side.difference for side in found.sides] == [[0], [30], [-10]]
    assert [side.run for side in found.sides] == runs


def test_models_are_compared_as_was_known_then(client: Client) -> None:
    for hour in (0, 2):
        for model in ("oracle", "other"):
            add(client, model, "default", hour, [float(hour)] * 4, "temperature")
    both = ["oracle", "other"]
    then = client.scores.compare("one/temperature", models=both, as_of=NOON + HOUR)
    assert [side.issued_at for side in then.sides] == [NOON, NOON]
    now = client.scores.compare("one/temperature", models=both)
    assert [side.values for side in now.sides] == [[2] * 4] * 2


def test_what_shares_no_time_has_nothing_to_compare(client: Client) -> None:
    runs = [add(client, "oracle", "default", hour, [1.0], "temperature") for hour in (0, 5)]
    found = client.scores.compare("one/temperature", runs=runs)
    assert found.times == []
    assert [side.mean_difference for side in found.sides] == [None, None]


def test_a_comparison_that_cannot_be_is_refused(client: Client) -> None:
    run = add(client, "oracle", "default", 0, [1.0], "temperature")
    cases: list[dict[str, Any]] = [
        {"runs": [run]},
        {"runs": [run, run]},
        {"runs": [run], "models": ["oracle"]},
        {"models": ["oracle"], "scenarios": ["default", "cold"]},
    ]
    for wrong in cases:
        with pytest.raises(Invalid):
            client.scores.compare("one/temperature", **wrong)
    with pytest.raises(NotFound):
        client.scores.compare("one/temperature", models=["oracle", "other"])
