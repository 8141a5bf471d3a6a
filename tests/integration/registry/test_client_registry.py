"""The client's nouns, against the real application and database."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient

from dtbase.client import Client
from dtbase.domain.registry.installations import InstallationChange, NewInstallation
from dtbase.domain.registry.locations import (
    Location,
    LocationChange,
    LocationField,
    LocationSchema,
    LocationSchemaChange,
)
from dtbase.domain.registry.measures import Measure, MeasureChange, Statistic
from dtbase.domain.registry.sensors import NewSensor, SensorChange, SensorType, SensorTypeChange
from dtbase.errors import AlreadyExists, Conflict, InUse, NotFound, Stale
from tests.wire import client_of

WARMTH = Measure(name="warmth", unit="degC")
START = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def client(api: TestClient) -> Client:
    client = client_of(api)
    client.sensor_types.add(SensorType(name="probe", measures=(WARMTH,)))
    client.locations.add(Location(identifier="house", name="House"))
    return client


def test_a_list_follows_every_page(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dtbase.client.options.MOST", 10)
    new = [NewSensor(identifier=f"s-{n:03}", type="probe") for n in range(35)]
    added = client.sensors.add_many(new)
    assert client.sensors.list(type="probe") == added
    assert client.sensors.list(type="probe", sort="-identifier") == added[::-1]
    assert [found.identifier for found in client.sensors.list(search="S-01")] == [
        f"s-01{n}" for n in range(10)
    ]
    assert client.sensors.list(type="nothing") == []


def test_what_one_got_is_changed_only_if_nobody_else_has_changed_it(client: Client) -> None:
    sensor = client.sensors.add(NewSensor(identifier="a", type="probe", location="house"))
    named = client.sensors.update(sensor, SensorChange(name="Attic"))
    assert (named.name, named.location) == ("Attic", "house")
    with pytest.raises(Stale):
        client.sensors.update(sensor, SensorChange(notes="lost"))
    with pytest.raises(Stale):
        client.sensors.delete(sensor)
    renamed = client.sensors.update("a", SensorChange(identifier="b", name=None, location=None))
    assert (renamed.identifier, renamed.name, renamed.location) == ("b", None, None)
    client.sensors.delete(renamed)
    with pytest.raises(NotFound):
        client.sensors.get("b")


def test_every_version_that_the_client_computes_is_the_servers(client: Client) -> None:
    fields = (LocationField(name="x", unit="m"), LocationField(name="floor", required=False))
    client.location_schemas.add(LocationSchema(name="point", fields=fields))
    place = Location(
        identifier="here",
        name="Hére",
        parent="house",
        location_schema="point",
        coordinates={"x": 0.1, "floor": 3},
    )
    client.locations.add(place)
    client.sensors.add(NewSensor(identifier="a", type="probe"))
    client.installations.add(NewInstallation(sensor="a", location="here", since=START))
    (schema,) = client.location_schemas.list()
    client.location_schemas.update(schema, LocationSchemaChange(description="x"))
    (here,) = client.locations.list(within="here")
    client.locations.update(here, LocationChange(coordinates={"x": -0.0}))
    (stay,) = client.installations.list(sensor="a")
    later = client.installations.update(stay, InstallationChange(since=START + timedelta(days=1)))
    client.installations.delete(later)
    (kind,) = client.sensor_types.list(measure="warmth")
    client.sensor_types.update(kind, SensorTypeChange(description="y"))
    (warmth,) = client.measures.list(search="WARM")
    client.measures.update(warmth, MeasureChange(statistic=Statistic.TOTAL))
    assert client.measures.get("warmth").statistic is Statistic.TOTAL


def test_a_measure_in_several_units_is_known_by_its_unit(client: Client) -> None:
    kelvin = client.measures.add(Measure(name="warmth", unit="K"))
    bare = client.measures.add(Measure(name="warmth"))
    with pytest.raises(Conflict, match="warmth"):
        client.measures.get("warmth")
    client.measures.update(bare, MeasureChange(name="cosiness"))
    client.measures.delete(kelvin)
    assert client.measures.get("warmth") == WARMTH
    assert client.measures.get("cosiness").unit is None


def test_a_sensors_history_says_where_it_was(client: Client) -> None:
    client.locations.add(Location(identifier="attic", name="Attic", parent="house"))
    client.sensors.add(NewSensor(identifier="a", type="probe"))
    stays = [("attic", 10), ("house", 0), (None, 20), ("attic", 30)]
    client.installations.add_many(
        [
            NewInstallation(sensor="a", location=place, since=START + timedelta(days=day))
            for place, day in stays
        ]
    )
    days = (-1, 0, 9, 10, 19, 20, 29, 30, 300)
    places = [client.installations.where("a", START + timedelta(days=day)) for day in days]
    assert places == [None, "house", "house", "attic", "attic", None, None, "attic", "attic"]
    history = client.installations.list(sensor="a")
    assert [stay.until for stay in history] == [*(stay.since for stay in history[1:]), None]
    assert client.sensors.get("a").location == "attic"
    assert client.sensors.list(location="house") == [client.sensors.get("a")]
    inside = client.installations.list(location="house", at=START + timedelta(days=10))
    assert [stay.location for stay in inside] == ["attic"]
    with pytest.raises(AlreadyExists):
        client.installations.add(NewInstallation(sensor="a", location=None, since=START))


def test_the_log_can_be_searched(client: Client) -> None:
    before = datetime.now(UTC) - timedelta(hours=1)
    client.locations.update("house", LocationChange(name="Home"))
    (entry,) = client.audit.list(noun="location", action="changed", actor="api@", start=before)
    assert entry.before is not None
    assert entry.after is not None
    assert (entry.before["name"], entry.after["name"]) == ("House", "Home")
    assert client.audit.list(noun="location", end=before) == []


def test_what_is_in_use_is_deleted_only_with_cascade(client: Client) -> None:
    client.sensors.add(NewSensor(identifier="a", type="probe", location="house"))
    with pytest.raises(InUse) as refused:
        client.locations.delete("house")
    assert refused.value.violations == [
        {"field": "installations", "rule": "must be deleted first", "value": "a"}
    ]
    client.locations.delete("house", cascade=True)
    assert client.sensors.get("a").location is None
    with pytest.raises(InUse):
        client.sensor_types.delete("probe")
    client.sensor_types.delete("probe", cascade=True)
    assert client.sensors.list() == []
