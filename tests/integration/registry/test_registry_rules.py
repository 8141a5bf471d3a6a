"""The rules that are special to a noun of the registry."""

from datetime import UTC, datetime
from threading import Thread

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.client import Client
from dtbase.domain.people.users import Role
from dtbase.domain.registry.locations import (
    Coordinate,
    Location,
    LocationChange,
    LocationField,
    LocationSchema,
    LocationSchemaChange,
)
from dtbase.domain.registry.measures import Datatype, Measure, MeasureChange, MeasureKey, Statistic
from dtbase.domain.registry.sensors import NewSensor, SensorChange, SensorType, SensorTypeChange
from dtbase.domain.versions import Expected
from dtbase.errors import AlreadyExists, Conflict, DTBaseError, InUse, Invalid, NotAllowed, Stale
from dtbase.storage.database import get_engine, transaction
from dtbase.storage.readings import readings
from dtbase.storage.registry import measures, sensor_types, sensors, series
from tests.factories import MEASURES, add_sensor, batch_of
from tests.people import add_user, carry, log_in
from tests.threads import wait_for_locks
from tests.wire import client_of

START = datetime(2026, 1, 1, tzinfo=UTC)
TEMPERATURE, RAIN, *_ = MEASURES


@pytest.fixture
def client(api: TestClient) -> Client:
    return client_of(api)


@pytest.fixture
def measured(session: Session) -> None:
    """Have a sensor with one temperature and one text."""
    found = add_sensor(session, "one")
    readings.write(session, batch_of(found["temperature"], [START], [1.0]))
    readings.write(session, batch_of(found["state"], [START], ["on"]))


def names(client: Client, sensor: str) -> list[str]:
    return [each.measure for each in client.series.list() if each.sensor == sensor]


@pytest.mark.usefixtures("measured")
def test_a_measure_keeps_its_readings_when_it_is_renamed(client: Client) -> None:
    client.measures.update("temperature", MeasureChange(name="warmth"))
    (found,) = client.readings.query(["one/warmth"], START, bucket="raw").series
    assert found.values == {"value": [1.0]}
    assert client.sensor_types.get("everything").measures[0].name == "warmth"


@pytest.mark.usefixtures("measured")
def test_two_measures_of_one_sensor_cannot_come_to_share_a_name(client: Client) -> None:
    with pytest.raises(Conflict, match="everything") as refused:
        client.measures.update("rain", MeasureChange(name="temperature"))
    assert refused.value.violations[0]["field"] == "name"
    client.measures.add(Measure(name="rain", unit="inch"))
    with pytest.raises(AlreadyExists):
        client.measures.update(Measure(name="rain", unit="inch"), MeasureChange(unit="mm"))


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize(
    ("change", "field"),
    [
        (MeasureChange(datatype=Datatype.INTEGER), "datatype"),
        (MeasureChange(unit="K"), "unit"),
        (MeasureChange(unit=None), "unit"),
    ],
)
def test_a_measure_with_readings_keeps_datatype_and_unit(
    client: Client, change: MeasureChange, field: str
) -> None:
    with pytest.raises(Conflict) as refused:
        client.measures.update("temperature", change)
    assert refused.value.violations[0]["field"] == field


@pytest.mark.usefixtures("measured")
def test_a_wrong_unit_can_be_put_right_and_leaves_the_values(client: Client) -> None:
    measure = client.measures.relabel(client.measures.get("temperature"), "K")
    assert measure.unit == "K"
    (found,) = client.readings.query(["one/temperature"], START, bucket="raw").series
    assert (found.unit, found.values) == ("K", {"value": [1.0]})
    free = client.measures.update("people", MeasureChange(datatype=Datatype.FLOAT, unit="percent"))
    assert (free.datatype, free.unit) == (Datatype.FLOAT, "percent")


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize(
    ("name", "change", "rule"),
    [
        ("state", MeasureChange(statistic=Statistic.TOTAL), "float or integer"),
        ("temperature", MeasureChange(statistic=Statistic.CIRCULAR), "unit degree"),
        ("direction", MeasureChange(unit="K"), "unit degree"),
    ],
)
def test_a_measure_cannot_become_what_makes_no_sense(
    client: Client, name: str, change: MeasureChange, rule: str
) -> None:
    with pytest.raises(Invalid, match=rule):
        client.measures.update(name, change)


@pytest.mark.usefixtures("measured")
def test_a_new_statistic_holds_for_the_past_too(client: Client, session: Session) -> None:
    found = series.resolve(session, [client.series.list()[0].key])[0]
    readings.write(session, batch_of(found, [START.replace(minute=30)], [5.0]))
    client.measures.update("temperature", MeasureChange(statistic=Statistic.COUNTER))
    (gained,) = client.readings.query(["one/temperature"], START, bucket="1h").series
    assert gained.values == {"mean": [4.0]}


@pytest.mark.usefixtures("measured")
def test_sensors_gain_and_lose_series_with_the_measures_of_their_type(client: Client) -> None:
    kind = client.sensor_types.get("everything")
    humidity = Measure(name="humidity", unit="percent")
    kept = (humidity, *(each for each in MEASURES if each.name not in {"rain", "open"}))
    client.sensor_types.update(kind, SensorTypeChange(measures=kept))
    assert names(client, "one") == [each.name for each in kept]
    with pytest.raises(InUse) as refused:
        client.sensor_types.update("everything", SensorTypeChange(measures=(humidity,)))
    assert refused.value.violations == [
        {
            "field": "readings",
            "rule": "must be deleted first",
            "value": "one/state, one/temperature",
        }
    ]
    assert names(client, "one") == [each.name for each in kept]
    client.sensor_types.update("everything", SensorTypeChange(measures=(humidity,)), cascade=True)
    assert names(client, "one") == ["humidity"]
    with pytest.raises(Conflict, match="only measure"):
        client.measures.delete("humidity", cascade=True)


@pytest.mark.usefixtures("measured")
def test_a_sensor_keeps_what_its_new_type_measures_too(client: Client) -> None:
    client.sensor_types.add(SensorType(name="thermometer", measures=(TEMPERATURE,)))
    with pytest.raises(InUse):
        client.sensors.update("one", SensorChange(type="thermometer"))
    client.sensors.update("one", SensorChange(type="thermometer", identifier="uno"), cascade=True)
    assert names(client, "uno") == ["temperature"]
    (found,) = client.readings.query(["uno/temperature"], START, bucket="raw").series
    assert found.values == {"value": [1.0]}
    with pytest.raises(Invalid) as refused:
        client.sensors.update("uno", SensorChange(type="nothing"))
    assert refused.value.violations[0]["field"] == "type"


@pytest.mark.usefixtures("measured")
def test_cascade_is_for_admins(app: FastAPI, session: Session) -> None:
    web = TestClient(app)
    carry(web, log_in(session, add_user(session, "ed@example.org", Role.EDITOR)))
    editor = client_of(web)
    with pytest.raises(NotAllowed, match="admin"):
        editor.sensors.update("one", SensorChange(name="x"), cascade=True)
    editor.sensors.update("one", SensorChange(name="x"))


POINT = LocationSchema(
    name="point",
    fields=(
        LocationField(name="x", unit="m"),
        LocationField(name="floor", datatype=Datatype.INTEGER),
        LocationField(name="indoors", datatype=Datatype.BOOLEAN, required=False),
        LocationField(name="wing", datatype=Datatype.STRING, required=False),
    ),
)


@pytest.mark.parametrize(
    ("wrong", "rule"),
    [
        ({"x": "1"}, "must be a number in m"),
        ({"x": True}, "must be a number in m"),
        ({"floor": 1.5}, "must be an integer"),
        ({"floor": True}, "must be an integer"),
        ({"indoors": 1}, "must be true or false"),
        ({"wing": 1}, "must be a text"),
        ({"y": 1}, "is no field of the schema"),
    ],
)
def test_coordinates_are_held_against_the_fields_of_their_schema(
    client: Client, wrong: dict[str, Coordinate], rule: str
) -> None:
    client.location_schemas.add(POINT)
    right: dict[str, Coordinate] = {"x": 1, "floor": 2.0, "indoors": False, "wing": "B"}
    here = Location(identifier="here", name="H", location_schema="point", coordinates=right)
    assert client.locations.add(here) == here
    with pytest.raises(Invalid) as refused:
        client.locations.update("here", LocationChange(coordinates=right | wrong))
    (name,) = wrong
    assert [found["field"] for found in refused.value.violations] == [f"coordinates.{name}"]
    assert refused.value.violations[0]["rule"] == rule
    with pytest.raises(Invalid, match="is required by 'point'"):
        client.locations.update("here", LocationChange(coordinates={"x": 1.0}))
    free = LocationChange(coordinates=wrong, location_schema=None)
    assert client.locations.update("here", free).coordinates == wrong


def test_a_schema_changes_only_as_far_as_its_locations_fit(client: Client) -> None:
    client.location_schemas.add(POINT)
    here = {"x": 1.0, "floor": 2, "wing": "B"}
    client.locations.add(
        Location(identifier="here", name="H", location_schema="point", coordinates=here)
    )
    without = tuple(field for field in POINT.fields if field.name != "wing")
    with pytest.raises(Conflict) as refused:
        client.location_schemas.update("point", LocationSchemaChange(fields=without))
    assert refused.value.violations[0]["field"] == "here.coordinates.wing"
    without = tuple(field for field in POINT.fields if field.name != "indoors")
    changed = client.location_schemas.update("point", LocationSchemaChange(fields=without))
    assert changed.fields == without
    with pytest.raises(InUse):
        client.location_schemas.delete("point")
    client.location_schemas.delete("point", cascade=True)
    found = client.locations.get("here")
    assert (found.location_schema, found.coordinates) == (None, here)


def test_a_deleted_location_takes_its_parts_along_and_leaves_history_true(
    client: Client, session: Session
) -> None:
    for place, parent in (("house", None), ("attic", "house"), ("shed", None)):
        client.locations.add(Location(identifier=place, name=place, parent=parent))
    add_sensor(session, "one")
    for place in ("shed", "attic"):
        client.sensors.update("one", SensorChange(location=place))
    with pytest.raises(InUse) as refused:
        client.locations.delete("house")
    assert [found["field"] for found in refused.value.violations] == ["locations"]
    client.locations.delete("house", cascade=True)
    assert [place.identifier for place in client.locations.list()] == ["shed"]
    assert [stay.location for stay in client.installations.list(sensor="one")] == ["shed", None]
    assert client.sensors.get("one").location is None
    gone = client.audit.list(noun="location", action="deleted")
    assert {entry.name for entry in gone} == {"house", "attic"}


@pytest.mark.usefixtures("own_environment")
def test_of_two_edits_at_one_moment_the_second_sees_the_first() -> None:
    with transaction() as session:
        sensor_types.add(session, SensorType(name="probe", measures=(TEMPERATURE, RAIN)))
        read = sensors.add(session, NewSensor(identifier="a", type="probe"))

    refused: list[type[DTBaseError]] = []

    def edit() -> None:
        try:
            with transaction() as session:
                sensors.update(session, "a", SensorChange(name="second"), Expected.of(read))
        except DTBaseError as error:
            refused.append(type(error))

    second = Thread(target=edit)
    with transaction() as session:
        sensors.update(session, "a", SensorChange(name="first"), Expected.of(read))
        second.start()
        wait_for_locks(get_engine(), 1)
    second.join(timeout=30)
    assert refused == [Stale]
    with transaction() as session:
        assert sensors.get(session, "a").name == "first"


@pytest.mark.usefixtures("own_environment")
def test_a_sensor_added_while_its_type_changes_has_the_series_of_the_new_type() -> None:
    with transaction() as session:
        sensor_types.add(session, SensorType(name="probe", measures=(TEMPERATURE, RAIN)))

    def add() -> None:
        with transaction() as session:
            sensors.add(session, NewSensor(identifier="late", type="probe"))

    thread = Thread(target=add)
    with transaction() as session:
        sensor_types.update(session, "probe", SensorTypeChange(measures=(RAIN,)))
        thread.start()
        wait_for_locks(get_engine(), 1)
    thread.join(timeout=30)
    with transaction() as session:
        found = session.execute(text("SELECT count(*) FROM series")).scalar()
        assert found == 1
        assert measures.get(session, MeasureKey(name="rain")) == RAIN
