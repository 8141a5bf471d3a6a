"""A place over time in one call: measured until now, forecast from then on."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from dtbase.client import Client
from dtbase.domain.registry.floor_plans import Pin
from dtbase.domain.registry.installations import NewInstallation
from dtbase.domain.registry.locations import Location, LocationChange
from dtbase.errors import Invalid, NotFound
from dtbase.storage.readings import readings
from tests.factories import add_sensor, batch_of
from tests.integration.glance.test_chart import END, HOUR, NOW, START, client, foretell
from tests.pictures import png
from tests.statements import counting

__all__ = ["client"]  # a fixture


@pytest.fixture
def house(client: Client) -> Client:
    """Let two sensors stand in a house, one of them in a room of it."""
    client.locations.add(Location(identifier="house", name="House"))
    client.locations.add(Location(identifier="room", name="Room", parent="house"))
    for sensor, place in (("one", "house"), ("two", "room")):
        client.installations.add(NewInstallation(sensor=sensor, location=place, since=START))
    return client


def test_what_was_measured_meets_what_is_forecast(house: Client) -> None:
    run = foretell(house, 30.0, NOW)
    foretell(house, 99.0, NOW - 40 * HOUR)
    found = house.locations.timelapse("house", "temperature", START, END)
    assert (found.start, found.step, found.steps) == (START, 3600, 48)
    one, two = found.series
    assert (one.sensor, one.location, one.unit) == ("one", "house", "degC")
    assert list(one.measured[:24]) == [float(n) for n in range(24)]
    assert set(one.measured[24:]) == {None}
    assert (one.run, one.issued_at) == (run, NOW)
    assert one.predicted[24:38] == (None, *[30.0] * 12, None)
    assert (one.lower[25], one.upper[25]) == (29.0, 31.0)
    assert (two.sensor, two.location, set(two.measured), two.run) == ("two", "room", {None}, None)


def test_all_places_are_told_at_once_without_what_stands_nowhere(house: Client) -> None:
    house.locations.update("room", LocationChange(parent=None))
    found = house.glance.timelapse("temperature", START, END)
    both = [
        house.locations.timelapse(each, "temperature", START, END) for each in ("house", "room")
    ]
    assert found.location is None
    assert found.series == (*both[0].series, *both[1].series)
    house.installations.add(NewInstallation(sensor="one", location=None))
    seen = house.glance.timelapse("temperature", START, END).series
    assert [each.sensor for each in seen] == ["two"]


def test_longer_steps_tell_means_sums_and_directions(house: Client) -> None:
    foretell(house, 30.0, NOW)
    when = (START - timedelta(minutes=7), END)
    found = house.locations.timelapse("house", "temperature", *when, step="2h")
    assert found.start.hour % 2 == 0
    edge = (START - found.start) // (2 * HOUR)
    measured = [value for value in found.series[0].measured if value is not None]
    assert len(measured) in {12, 13}
    assert found.series[0].measured[edge + 1] in {2.5, 1.5}
    assert {v for v in found.series[0].predicted if v is not None} == {30.0}
    rain = house.locations.timelapse("house", "rain", *when, step="2h").series[0]
    assert sum(value for value in rain.measured if value is not None) == 24.0
    wind = house.locations.timelapse("house", "direction", *when, step="12h").series[0]
    assert all(v is None or v < 20 or v > 340 for v in wind.measured)


def test_sensors_that_are_pinned_are_told_wherever_they_stand(house: Client) -> None:
    plan = house.locations.put_picture("room", png())
    house.locations.pin(plan, [Pin(sensor="one", x=0.5, y=0.5)])
    found = house.locations.timelapse("room", "temperature", START, END)
    assert [each.sensor for each in found.series] == ["one", "two"]


def test_what_is_no_number_or_nowhere_is_not_told(house: Client) -> None:
    assert house.locations.timelapse("house", "state", START, END).series == ()
    assert house.locations.timelapse("house", "nothing", START, END).series == ()
    with pytest.raises(NotFound):
        house.locations.timelapse("gone", "temperature", START, END)


@pytest.mark.parametrize(
    ("start", "end", "step"),
    [
        (END, START, "1h"),
        (START, START + 2000 * HOUR, "1h"),
        (START, END, "1d"),
        (START, END, "raw"),
    ],
)
def test_ranges_and_steps_that_a_page_cannot_show_are_refused(
    house: Client, start: datetime, end: datetime, step: str
) -> None:
    with pytest.raises(Invalid):
        house.locations.timelapse("house", "temperature", start, end, step)


def test_many_series_cost_no_more_questions_than_one(
    house: Client, engine: Engine, session: Session
) -> None:
    def questions() -> int:
        with counting(engine) as asked:
            house.locations.timelapse("house", "temperature", START, END)
        return len(asked)

    few = questions()
    assert few > 0
    for number in range(40):
        found = add_sensor(session, f"many-{number}")
        readings.write(session, batch_of(found["temperature"], [START], [1.0]))
        house.installations.add(NewInstallation(sensor=f"many-{number}", location="room"))
    assert questions() <= few + 2
