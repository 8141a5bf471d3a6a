"""All that a chart draws, in one call: measured, earlier and believed lines of many kinds."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dtbase.client import Client
from dtbase.domain.forecasts.outcomes import NewInterval, NewOutcome, NewOutput
from dtbase.domain.forecasts.runs import Model, Scenario
from dtbase.domain.glance.chart import LineName
from dtbase.domain.registry.installations import NewInstallation
from dtbase.domain.registry.locations import Location
from dtbase.domain.registry.series import Value
from dtbase.errors import Invalid
from dtbase.storage.readings import readings
from tests.factories import add_sensor, batch_of
from tests.wire import client_of

HOUR = timedelta(hours=1)
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
START, END = NOW - 24 * HOUR, NOW + 24 * HOUR


@pytest.fixture
def client(api: TestClient, session: Session) -> Client:
    found = add_sensor(session, "one")
    add_sensor(session, "two")
    hours = [START + place * HOUR for place in range(24)]
    columns: dict[str, Sequence[Value]] = {
        "temperature": [float(place) for place in range(24)],
        "rain": [1.0] * 24,
        "direction": [350.0, 10.0] * 12,
        "open": [False] * 10 + [True] * 4 + [False] * 10,
        "state": ["idle"] * 20 + ["busy"] * 4,
    }
    for measure, values in columns.items():
        readings.write(session, batch_of(found[measure], hours, values))
    client = client_of(api)
    for name in ("oracle", "pool"):
        client.models.add(Model(name=name))
    client.models.scenarios("oracle").add(Scenario(name="hot"))
    return client


def foretell(client: Client, value: float, issued: datetime, **other: str) -> int:
    """Store a forecast of twelve hours and return its run."""
    times = [issued + place * HOUR for place in range(1, 13)]
    interval = NewInterval(level=80, lower=[value - 1] * 12, upper=[value + 1] * 12)
    output = NewOutput(
        sensor="one", measure="temperature", times=times, values=[value] * 12, intervals=[interval]
    )
    named = {"model": "oracle", **other}
    return client.runs.add(NewOutcome(issued_at=issued, outputs=[output], **named)).id


def next_hour() -> datetime:
    """Return the next full hour by now: the suite may have crossed one since it was collected."""
    return (datetime.now(UTC) + HOUR).replace(minute=0, second=0, microsecond=0)


def value_of(column: list[Value | None]) -> Value | None:
    return column[0]


def test_numbers_of_every_kind_come_at_one_resolution_with_their_places_and_last_values(
    client: Client,
) -> None:
    lines = ["one/temperature", "one/rain", "one/direction"]
    found = client.glance.chart(lines, START, END, bucket="6h", aggregates=["mean", "sum"])
    assert [line.name for line in found.lines] == lines
    assert found.bucket == "6h"
    temperature, rain, direction = (line.values for line in found.lines)
    assert temperature is not None
    assert rain is not None
    assert direction is not None
    assert sum(v for v in rain.values["sum"] if isinstance(v, float)) == 24
    assert found.lines[0].series.unit == "degC"
    latest = found.lines[0].latest
    assert latest is not None
    assert (latest.time, latest.value) == (NOW - HOUR, 23.0)


def test_few_readings_come_as_they_are(client: Client) -> None:
    found = client.glance.chart(["one/temperature"], START, END)
    assert found.bucket == "raw"
    values = found.lines[0].values
    assert values is not None
    assert values.values["value"] == [float(place) for place in range(24)]


def test_states_come_as_their_changes(client: Client) -> None:
    found = client.glance.chart(["one/open", "one/state"], START, END)
    opened, state = (line.values for line in found.lines)
    assert opened is not None
    assert state is not None
    assert opened.values["value"] == [False, True, False, False]
    assert opened.times == [START + place * HOUR for place in (0, 10, 14, 23)]
    assert state.values["value"] == ["idle", "busy", "busy"]


def test_what_cannot_be_shown_is_told_and_the_rest_is_there(client: Client) -> None:
    lines = [
        "one/temperature",
        "gone/temperature",
        "nonsense",
        "one/temperature~model=nobody",
        "@nowhere/temperature",
    ]
    found = client.glance.chart(lines, START, END)
    assert [line.name for line in found.lines] == ["one/temperature"]
    missing = {each.name: each.reason for each in found.missing}
    assert set(missing) == set(lines[1:])
    assert missing["gone/temperature"] == "there is no series gone/temperature"
    assert "sensor/measure" in missing["nonsense"]
    assert "nowhere" in missing["@nowhere/temperature"]


def test_the_newest_forecast_stands_beside_what_was_measured(client: Client) -> None:
    foretell(client, 1, NOW - 6 * HOUR)
    newest = foretell(client, 2, NOW - HOUR, model="pool")
    foretell(client, 3, NOW, scenario="hot")
    line = client.glance.chart(["one/temperature"], START, END, forecasts=True).lines[0]
    assert line.run is not None
    assert (line.run.id, line.run.model) == (newest, "pool")
    assert line.predictions is not None
    assert set(line.predictions.values) == {"value", "lower_80", "upper_80"}
    assert client.glance.chart(["one/temperature"], START, END).lines[0].run is None


@pytest.mark.parametrize(
    ("belief", "value"),
    [
        ("latest", 2),
        ("model=oracle", 1),
        ("model=oracle~scenario=hot", 3),
        (f"as_of={(NOW - 3 * HOUR).isoformat()}", 1),
        ("model=oracle~lead=2h", 1),
    ],
)
def test_a_forecast_is_chosen_by_model_scenario_and_what_was_known(
    client: Client, belief: str, value: float
) -> None:
    foretell(client, 1, NOW - 6 * HOUR)
    foretell(client, 2, NOW - HOUR, model="pool")
    foretell(client, 3, NOW, scenario="hot")
    found = client.glance.chart([f"one/temperature~{belief}"], START, END)
    assert found.missing == ()
    predictions = found.lines[0].predictions
    assert found.lines[0].values is None
    assert predictions is not None
    assert value_of(predictions.values["value"]) == value


def test_one_run_is_chosen_by_its_number(client: Client) -> None:
    run = foretell(client, 7, START - 200 * HOUR)
    line = client.glance.chart([f"one/temperature~run={run}"], START, END).lines[0]
    assert line.run is not None
    assert (line.name, line.run.id) == (f"one/temperature~run={run}", run)


def test_a_chart_may_end_where_the_newest_forecast_ends(client: Client) -> None:
    def end(*, until_known: bool = False, forecasts: bool = False) -> datetime:
        asked = {"until_known": until_known, "forecasts": forecasts}
        return client.glance.chart(["one/temperature"], START, END, **asked).end  # type: ignore[arg-type]

    foretell(client, 1, NOW - HOUR)
    assert end() == END
    before, ended, after = next_hour(), end(until_known=True), next_hour()
    assert before <= ended <= after
    assert end(until_known=True, forecasts=True) == NOW + 12 * HOUR


def test_without_a_start_it_begins_with_the_first_reading(client: Client) -> None:
    found = client.glance.chart(["one/temperature", "two/temperature"], None, END)
    assert found.start == START


def test_a_margin_reads_more_at_both_ends(client: Client) -> None:
    start, end = START + 6 * HOUR, START + 12 * HOUR
    found = client.glance.chart(["one/temperature"], start, end, margin=0.5)
    values = found.lines[0].values
    assert values is not None
    assert values.values["value"] == [float(place) for place in range(3, 15)]
    assert (found.start, found.end) == (start, end)


def test_what_was_measured_earlier_lies_beside_it_by_the_clock_on_the_wall(
    client: Client, session: Session
) -> None:
    sunday = datetime(2026, 3, 29, 12, tzinfo=UTC)  # in London the clocks went forward that night
    found = add_sensor(session, "three")["temperature"]
    for day, value in ((0, 2.0), (1, 1.0)):
        time = sunday - day * timedelta(days=1) + day * HOUR
        readings.write(session, batch_of(found, [time], [value]))
    line = client.glance.chart(
        ["three/temperature"],
        sunday,
        sunday + HOUR,
        shift=24 * 3600,
        timezone="Europe/London",
    ).lines[0]
    assert line.earlier is not None
    assert line.earlier.values["value"] == [1.0]


def test_a_location_shows_its_sensors_each_while_it_stood_there(
    client: Client, session: Session
) -> None:
    client.locations.add(Location(identifier="hall", name="The hall"))
    for sensor, hour in (("one", 0), ("two", 12)):
        installed = NewInstallation(sensor=sensor, location="hall", since=START + hour * HOUR)
        client.installations.add(installed)
    client.installations.add(NewInstallation(sensor="one", location=None, since=START + 12 * HOUR))
    line = client.glance.chart(["@hall/temperature"], START, NOW, bucket="1h").lines[0]
    assert (line.series.sensor, line.series.sensor_name) == ("@hall", "The hall")
    assert line.values is not None
    assert line.values.values["mean"][:13] == [*(float(place) for place in range(12)), None]


def test_a_formula_is_a_line_with_a_unit_of_its_own(client: Client) -> None:
    formula = "=one/temperature - one/temperature * 0.5"
    lines = [formula, "one/temperature", "=one/temperature + one/rain", "=one/temperature +"]
    found = client.glance.chart(lines, START, NOW)
    assert found.bucket == "1h"
    assert [line.name for line in found.lines] == [formula, "one/temperature"]
    assert found.lines[0].values is not None
    assert found.lines[0].values.values["mean"][4] == 2.0
    missing = {each.name: each.reason for each in found.missing}
    assert set(missing) == set(lines[2:])
    raw = client.glance.chart([formula], START, NOW, bucket="raw")
    assert "aggregates" in raw.missing[0].reason


def test_runs_that_have_not_ended_are_told(client: Client) -> None:
    client.runs.start("oracle", "one", "temperature")
    found = client.glance.chart(["one/temperature", "one/rain"], START, END)
    assert [str(run.target) for run in found.pending] == ["one/temperature"]


@pytest.mark.parametrize(
    "text",
    [
        "EWR/temperature",
        "@newark/temperature",
        "EWR/temperature~latest",
        "EWR/temperature~model=arima~scenario=warm",
        "EWR/temperature~run=17",
        "=EWR/temperature - JFK/temperature",
        "EWR/temperature~model=arima~as_of=2026-01-01T00:00:00Z~lead=24h",
    ],
)
def test_a_line_is_written_as_it_is_read(text: str) -> None:
    assert str(LineName.parse(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "EWR",
        "@/temperature",
        "@newark/temperature~latest",
        "EWR/temperature~",
        "EWR/temperature~colour=red",
        "EWR/temperature~run=last",
        "=",
        "=1 + 2",
        "EWR/temperature~run=1~model=arima",
        "EWR/temperature~as_of=yesterday",
        "EWR/temperature~as_of=2026-01-01T00:00:00",
        "EWR/temperature~lead=24h",
        "EWR/temperature~model=arima~lead=soon",
    ],
)
def test_a_line_that_says_nothing_sensible_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        LineName.parse(text)
