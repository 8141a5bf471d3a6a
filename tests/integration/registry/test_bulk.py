"""Adding many things at once: all or none, and no dearer than it must be."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from dtbase.domain.registry.locations import Location
from dtbase.domain.registry.measures import Measure
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.errors import AlreadyExists, Invalid
from dtbase.storage import bulk
from dtbase.storage.registry import locations, measures, sensor_types, sensors, series

PAIR = (Measure(name="temperature", unit="degC"), Measure(name="rain", unit="mm"))
MANY = [
    NewSensor(identifier=f"s{n:04}", type="station", location="here" if n % 2 else None)
    for n in range(1000)
]


@pytest.fixture(autouse=True)
def world(session: Session) -> None:
    sensor_types.add(session, SensorType(name="station", measures=PAIR))
    locations.add(session, Location(identifier="here", name="Here"))


@contextmanager
def counting(engine: Engine) -> Iterator[list[str]]:
    """Note the statements that are sent meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def test_a_thousand_sensors_cost_a_handful_of_statements(engine: Engine, session: Session) -> None:
    with counting(engine) as sent:
        added = sensors.add_many(session, MANY)
    assert len(sent) < 15
    assert [each.identifier for each in added] == [each.identifier for each in MANY]
    assert [each.location for each in added[:2]] == [None, "here"]
    assert added == [sensors.get(session, each.identifier) for each in added[:3]] + [*added[3:]]
    names = [("s0000", "temperature"), ("s0999", "rain")]
    assert len(series.find(session, names)) == 2


def test_a_thousand_duplicates_cost_no_more_and_each_row_is_named(
    engine: Engine, session: Session
) -> None:
    sensors.add_many(session, MANY)
    with counting(engine) as sent, pytest.raises(AlreadyExists, match="at least 999") as refused:
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


def test_other_nouns_give_up_when_a_hundred_rows_are_refused(session: Session) -> None:
    new = [Measure(name=f"m{n}") for n in range(300)]
    bulk.add_many(session, new, measures.add)
    with pytest.raises(AlreadyExists, match="at least 99 more") as refused:
        bulk.add_many(session, new, measures.add)
    assert len(refused.value.violations) == 100
