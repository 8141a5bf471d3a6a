"""One sensor as its page tells it: held against the readings themselves."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient

from dtbase.client import Client
from dtbase.domain.glance.overview import Concern
from dtbase.domain.glance.sensor_now import DAYS
from dtbase.domain.people.keys import NewKey, Scope
from dtbase.domain.registry.installations import NewInstallation
from dtbase.domain.registry.locations import Location
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.errors import Invalid, NotFound
from tests.wire import client_of

ZONE = "Europe/London"
HOUR = timedelta(hours=1)
MEASURES = (
    {"name": "level", "unit": "m"},
    {"name": "state", "datatype": "string", "statistic": "state"},
    {"name": "rain", "unit": "mm"},
)


@pytest.fixture
def client(api: TestClient) -> Client:
    client = client_of(api)
    client.sensor_types.add(SensorType.model_validate({"name": "probe", "measures": MEASURES}))
    for name in ("well", "other"):
        client.sensors.add(NewSensor(identifier=name, type="probe"))
    return client


def test_days_and_hours_are_those_of_the_readings(client: Client) -> None:
    now = datetime.now(UTC)
    times = [now - 7 * place * HOUR for place in range(200)]
    client.readings.push_values("well/level", times, [float(n) for n in range(200)])
    client.readings.push_values("well/state", times[:1], ["open"])
    found = client.glance.sensor("well", ZONE)
    assert [line.series.measure for line in found.lines] == ["level", "state", "rain"]
    level, state, rain = found.lines
    zone = ZoneInfo(ZONE)
    first = found.first_day.astimezone(zone)
    assert (first.hour, first.minute) == (0, 0)
    days = [(time.astimezone(zone).date() - first.date()).days for time in times]
    assert level.counts == tuple(days.count(day) for day in range(DAYS))
    assert (sum(state.counts), state.day) == (1, ())
    assert state.latest is not None
    assert state.latest.value == "open"
    assert level.day[-1] == 0.0 or level.day[-2:] == (0.0, None)  # the next hour has begun
    assert (rain.counts, rain.day) == ((), ())
    assert (level.every, state.every, rain.every) == (7 * 3_600, None, None)


def test_readings_of_a_minute_come_each_minute_and_not_each_share_of_a_day(client: Client) -> None:
    now = datetime.now(UTC)
    times = [now - timedelta(minutes=place) for place in range(5)]
    client.readings.push_values("well/level", times, [1.0] * 5)
    client.readings.push_values("other/level", times, [1.0] * 5)
    assert [line.every for line in client.glance.sensor("well").lines] == [60, None, None]


def test_what_is_unusual_is_judged_as_overview_judges_it(client: Client) -> None:
    now = datetime.now(UTC)
    last = now - HOUR
    client.readings.push_values("well/level", [last - n * HOUR / 60 for n in range(5)], [1.0] * 5)
    old = [now - timedelta(days=30) - n * HOUR for n in range(5)]
    client.readings.push_values("well/rain", old, [1.0] * 5)
    lines = {line.series.measure: line for line in client.glance.sensor("well").lines}
    assert (lines["level"].concern, lines["level"].since) == (Concern.SILENT, last)
    assert [lines[name].lately for name in ("level", "state", "rain")] == [True, False, False]
    for each in client.glance.overview().series:
        line = next(one for one in client.glance.sensor(each.sensor).lines
                    if one.series.measure == each.measure)  # fmt: skip
        assert (line.concern, line.since, line.every) == (each.concern, each.since, each.every)
        assert line.lately == (each.time is not None)


def test_where_it_stood_is_told_by_name_and_the_last_first(client: Client) -> None:
    client.locations.add(Location(identifier="roof", name="The roof"))
    since = datetime(2026, 1, 1, tzinfo=UTC)
    client.installations.add(NewInstallation(sensor="well", location="roof", since=since))
    client.installations.add(NewInstallation(sensor="well", location=None, since=since + HOUR))
    found = client.glance.sensor("well")
    assert [stay.location for stay in found.stays] == [None, "roof"]
    assert found.places == {"roof": "The roof"}


def test_what_is_not_there_is_refused(client: Client) -> None:
    with pytest.raises(NotFound):
        client.glance.sensor("nothing")
    with pytest.raises(Invalid):
        client.glance.sensor("well", "Mars/Base")


def test_only_keys_that_may_write_to_a_sensor_are_listed(client: Client) -> None:
    for name, scopes, sensors in (
        ("any", (Scope.READINGS_WRITE,), None),
        ("mine", (Scope.READINGS_WRITE,), ("well",)),
        ("theirs", (Scope.READINGS_WRITE,), ("other",)),
        ("reader", (Scope.READINGS_READ,), None),
        ("all", (Scope.EVERYTHING,), None),
    ):
        client.keys.add(NewKey(name=name, scopes=scopes, sensors=sensors))
    found = client.keys.list(writes_to="well")
    assert {key.name for key in found} == {"any", "mine", "all"}
