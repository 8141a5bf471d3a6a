"""Adding many things at once: all or none, and no dearer than it must be."""

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from dtbase.domain.registry.locations import Location, LocationField, LocationSchema
from dtbase.domain.registry.measures import Datatype, Measure
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.errors import AlreadyExists, Invalid
from dtbase.storage.registry import (
    location_schemas,
    locations,
    measures,
    sensor_types,
    sensors,
    series,
)
from tests.statements import counting

PAIR = (Measure(name="temperature", unit="degC"), Measure(name="rain", unit="mm"))
MANY = [
    NewSensor(identifier=f"s{n:04}", type="station", location="here" if n % 2 else None)
    for n in range(1000)
]


@pytest.fixture(autouse=True)
def world(session: Session) -> None:
    sensor_types.add(session, SensorType(name="station", measures=PAIR))
    locations.add(session, Location(identifier="here", name="Here"))


def test_a_thousand_sensors_cost_a_handful_of_statements(engine: Engine, session: Session) -> None:
    with counting(engine) as sent:
        added = sensors.add_many(session, MANY)
    assert len(sent) < 15
    assert [each.identifier for each in added] == [each.identifier for each in MANY]
    assert [each.location for each in added[:2]] == [None, "here"]
    assert added == [sensors.get(session, each.identifier) for each in added[:3]] + [*added[3:]]
    names = [("s0000", "temperature"), ("s0999", "rain")]
    assert len(series.find(session, names)) == 2


def test_a_thousand_locations_cost_a_handful_of_statements(
    engine: Engine, session: Session
) -> None:
    fields = (LocationField(name="floor", datatype=Datatype.INTEGER),)
    location_schemas.add(session, LocationSchema(name="room", fields=fields))
    new = [
        Location(
            identifier=f"l{n:04}",
            name=f"Room {n}",
            parent=f"l{n - 1:04}" if n % 10 else "here",
            location_schema="room",
            coordinates={"floor": n},
        )
        for n in range(1000)
    ]
    with counting(engine) as sent:
        added = locations.add_many(session, new)
    assert len(sent) < 15
    assert added == new
    assert locations.get(session, "l0999") == new[999]


def test_what_is_wrong_with_many_locations_is_told_by_row(session: Session) -> None:
    fields = (LocationField(name="floor", datatype=Datatype.INTEGER),)
    location_schemas.add(session, LocationSchema(name="room", fields=fields))
    new = [
        Location(identifier="a", name="A", parent="nowhere"),
        Location(identifier="b", name="B", location_schema="room", coordinates={"floor": "x"}),
        Location(identifier="here", name="Again"),
        Location(identifier="c", name="C", parent="d"),
        Location(identifier="d", name="D", location_schema="none"),
        Location(identifier="b", name="B again"),
    ]
    with pytest.raises(Invalid) as refused:
        locations.add_many(session, new)
    found = [(each["row"], each["field"]) for each in refused.value.violations]
    assert found == [
        (0, "parent"),
        (1, "coordinates.floor"),
        (2, "identifier"),
        (3, "parent"),
        (4, "location_schema"),
        (5, "identifier"),
    ]
    assert [each.identifier for each in locations.list(session)] == ["here"]


def test_a_thousand_duplicates_cost_no_more_and_each_row_is_named(
    engine: Engine, session: Session
) -> None:
    sensors.add_many(session, MANY)
    with (
        counting(engine) as sent,
        pytest.raises(AlreadyExists, match=r"\(and 999 more\)") as refused,
    ):
        sensors.add_many(session, MANY)
    assert len(sent) < 10
    assert [found["row"] for found in refused.value.violations] == [*range(100)]


def test_a_sensor_that_stands_twice_in_a_body_is_refused_where_it_stands_again(
    session: Session,
) -> None:
    new = [*MANY[:2], MANY[0], NewSensor(identifier="x", type="none"), MANY[1]]
    new += [NewSensor(identifier="y", type="station", location="nowhere")]
    with pytest.raises(Invalid, match="row 2: sensor 's0000' already exists") as refused:
        sensors.add_many(session, new)
    found = [(each["row"], each["field"]) for each in refused.value.violations]
    assert found == [(2, "identifier"), (3, "type"), (4, "identifier"), (5, "location")]
    assert sensors.list(session) == []


def test_a_hundred_rows_that_are_refused_are_named_and_the_others_counted(session: Session) -> None:
    new = [Measure(name=f"m{n}") for n in range(300)]
    measures.add_many(session, new)
    with pytest.raises(AlreadyExists, match=r"\(and 299 more\)") as refused:
        measures.add_many(session, new)
    assert len(refused.value.violations) == 100
