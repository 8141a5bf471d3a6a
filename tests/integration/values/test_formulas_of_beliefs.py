"""Formulas over forecasts and places: what was measured less what was believed, in its unit."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dtbase.client import Client
from dtbase.domain.forecasts.outcomes import NewOutcome, NewOutput
from dtbase.domain.forecasts.runs import Model
from dtbase.domain.readings.readings import FormulasAnswer
from dtbase.domain.registry.installations import NewInstallation
from dtbase.domain.registry.locations import Location
from dtbase.domain.registry.series import Value
from dtbase.errors import Invalid, NotFound
from tests.factories import add_sensor
from tests.wire import client_of

START = datetime(2026, 3, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
END = START + 12 * HOUR


@pytest.fixture
def client(api: TestClient, session: Session) -> Client:
    add_sensor(session, "one")
    add_sensor(session, "two")
    client = client_of(api)
    client.models.add(Model(name="oracle"))
    return client


def push(client: Client, name: str, values: list[float]) -> None:
    client.readings.push_values(name, [START + n * HOUR for n in range(len(values))], values)


def foretell(client: Client, first: float, hours: int, issued: datetime) -> int:
    """Store a forecast that rises by one an hour from the hour after it was issued."""
    output = NewOutput(
        sensor="one",
        measure="temperature",
        times=[issued + n * HOUR for n in range(1, hours + 1)],
        values=[first + n for n in range(hours)],
    )
    outcome = NewOutcome(model="oracle", issued_at=issued, outputs=[output])
    return client.runs.add(outcome).id


def hourly(client: Client, formula: str) -> FormulasAnswer:
    return client.readings.formula(formula, START, END, bucket="1h")


def column(answer: FormulasAnswer) -> list[Value | None]:
    return answer.series[0].values["mean"]


def test_how_far_off_a_forecast_was_is_a_difference_of_temperatures(client: Client) -> None:
    push(client, "one/temperature", [10.0, 11, 12, 13, 14, 15])
    run = foretell(client, first=9, hours=4, issued=START + HOUR)
    found = hourly(client, f"one/temperature - one/temperature~run={run}")
    assert column(found) == [None, None, 3, 3, 3, 3, *[None] * 6]
    assert found.series[0].unit == "delta_degree_Celsius"
    assert found.series[0].of == ["one/temperature", f"one/temperature~run={run}"]
    (latest,) = (column(hourly(client, "abs(one/temperature~latest - one/temperature)")),)
    assert latest == [None, None, 3, 3, 3, 3, *[None] * 6]


def test_a_forecast_alone_reaches_beyond_what_was_measured(client: Client) -> None:
    foretell(client, first=20, hours=3, issued=START)
    found = hourly(client, "one/temperature~model=oracle * 1.8 + 32")
    assert column(found)[:5] == pytest.approx([None, 68, 69.8, 71.6, None])
    assert found.series[0].unit == "degC"


def test_what_was_believed_so_long_before_is_one_line_of_many_runs(client: Client) -> None:
    push(client, "one/temperature", [10.0] * 8)
    for hour in range(4):
        foretell(client, first=10.0 * hour, hours=4, issued=START + hour * HOUR)
    found = hourly(client, "one/temperature~model=oracle~lead=2h - one/temperature")
    assert column(found)[:8] == [None, None, -9, 1, 11, 21, 22, 23]


def test_what_was_known_at_a_time_is_chosen_by_it(client: Client) -> None:
    first = foretell(client, first=1, hours=4, issued=START)
    foretell(client, first=50, hours=4, issued=START + 2 * HOUR)
    known = hourly(client, "one/temperature~as_of=2026-03-07T01:00:00Z + 0")
    assert column(known) == column(hourly(client, f"one/temperature~run={first} + 0"))


def test_a_sensor_is_held_against_the_place_it_stands_in(client: Client) -> None:
    client.locations.add(Location(identifier="north", name="North"))
    for name in ("one", "two"):
        client.installations.add(NewInstallation(sensor=name, location="north", since=START))
    push(client, "one/temperature", [10.0, 11, 12])
    push(client, "two/temperature", [20.0, 21])
    found = hourly(client, "one/temperature - @north/temperature")
    assert column(found)[:4] == [-5, -5, 0, None]
    assert found.series[0].unit == "delta_degree_Celsius"


def test_units_of_forecasts_and_places_are_held_together_too(client: Client) -> None:
    push(client, "one/rain", [1.0])
    foretell(client, first=1, hours=2, issued=START)
    with pytest.raises(Invalid, match="one/temperature~latest"):
        hourly(client, "one/rain + one/temperature~latest")


@pytest.mark.parametrize(
    ("formula", "told"),
    [
        ("one/temperature~latest - 1", "no forecast fits one/temperature~latest"),
        ("one/temperature~run=99999 - 1", "no forecast fits one/temperature~run=99999"),
        ("one/temperature~model=nobody~lead=2h - 1", "nobody"),
        ("@nowhere/temperature - 1", "nowhere"),
        ("gone/temperature~latest - 1", "gone/temperature"),
    ],
)
def test_what_is_not_there_is_named(client: Client, formula: str, told: str) -> None:
    push(client, "one/temperature", [1.0])
    with pytest.raises(NotFound, match=told):
        hourly(client, formula)


def test_a_chart_goes_on_to_where_the_forecast_of_a_formula_ends(client: Client) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    client.readings.push_values("one/temperature", [now - n * HOUR for n in range(4)], [8.0] * 4)
    foretell(client, first=20, hours=6, issued=now)
    line = "=one/temperature~latest - 1"
    found = client.glance.chart(
        [line], now - 4 * HOUR, now + 48 * HOUR, until_known=True, bucket="1h"
    )
    assert not found.missing
    assert found.end == now + 7 * HOUR
    values = found.lines[0].values
    assert values is not None
    ahead = [value for value in values.values["mean"] if value is not None]
    assert ahead == [19, 20, 21, 22, 23, 24]
    told = client.glance.chart(["=one/temperature~run=99999 - 1"], now - HOUR, now, bucket="1h")
    assert "no forecast fits" in told.missing[0].reason
