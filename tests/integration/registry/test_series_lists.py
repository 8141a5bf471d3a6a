"""Series, their last values and keys: listed a page at a time, as every other noun."""

from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.client import Client
from dtbase.client.options import SeriesFilter
from dtbase.domain.paging import Cursor
from dtbase.domain.people.keys import NewKey, Scope
from dtbase.domain.people.users import Role, User
from dtbase.domain.registry.locations import Location
from dtbase.domain.registry.measures import Measure
from dtbase.domain.registry.sensors import NewSensor, SensorChange, SensorType
from dtbase.domain.registry.series import SeriesKey, SeriesQuery
from dtbase.storage import values
from dtbase.storage.people import keys
from dtbase.storage.readings import readings
from tests.factories import MEASURES, add_sensor, batch_of
from tests.people import add_user, carry, log_in
from tests.wire import client_of

NOW = datetime.now(UTC)
LISTS = {
    "series": ("sensor", "-sensor", "measure", "-measure"),
    "series/latest": ("sensor", "-sensor", "measure", "-measure"),
    "keys": ("owner", "-owner", "name", "-name", "created_at", "-created_at", "id", "-id"),
}
UNKNOWN = ("limit=0", "limit=1001", "cursor=x", "cursor=WzFd", "sort=colour", "colour=red")


@pytest.fixture
def client(api: TestClient) -> Client:
    return client_of(api)


@pytest.fixture
def owner(session: Session) -> User:
    return add_user(session, "owner@example.org", Role.EDITOR)


@pytest.fixture(autouse=True)
def world(session: Session, client: Client, owner: User) -> None:
    """Have two sensors in a greenhouse, one elsewhere, and five keys."""
    client.locations.add_many(
        [
            Location(identifier="greenhouse", name="The greenhouse"),
            Location(identifier="bench", name="A bench", parent="greenhouse"),
        ]
    )
    for name, place in (("one", "greenhouse"), ("two", "bench"), ("three", None)):
        found = add_sensor(session, name)
        client.sensors.update(name, SensorChange(location=place))
        readings.write(session, batch_of(found["temperature"], [NOW], [float(len(name))]))
    second = add_user(session, "another@example.org")
    for name in ("box", "bin", "gate"):
        keys.add(session, NewKey(name=name, scopes=(Scope.READINGS_WRITE,)), owner, NOW)
    for name in ("box", "desk"):
        keys.add(session, NewKey(name=name, scopes=(Scope.READINGS_READ,)), second, NOW)


def pages(api: TestClient, path: str, query: str) -> list[Any]:
    """Return what the links from page to page lead to."""
    found: list[Any] = []
    link: str | None = f"?limit=2&{query}"
    while link:
        answer = api.get(f"/v1/{path}{link}")
        assert answer.status_code == 200, answer.text
        assert len(answer.json()) <= 2
        found += answer.json()
        link = answer.links.get("next", {}).get("url")
    return found


@pytest.mark.parametrize("path", LISTS)
def test_the_pages_hold_every_thing_once_in_the_order_asked_for(api: TestClient, path: str) -> None:
    for sort in LISTS[path]:
        whole = api.get(f"/v1/{path}?sort={sort}&limit=1000").json()
        assert pages(api, path, f"sort={sort}") == whole
        other = sort.removeprefix("-") if sort[0] == "-" else f"-{sort}"
        assert api.get(f"/v1/{path}?sort={other}&limit=1000").json() == whole[::-1]
        assert len(whole) == (5 if path == "keys" else 3 * len(MEASURES))


@pytest.mark.parametrize("path", LISTS)
def test_a_list_refuses_what_it_does_not_know(api: TestClient, path: str) -> None:
    for query in UNKNOWN:
        answer = api.get(f"/v1/{path}?{query}")
        assert answer.status_code == 422, query
        assert query.split("=")[0] in answer.json()["errors"][0]["field"]


def test_series_come_in_the_order_in_which_their_type_names_the_measures(client: Client) -> None:
    found = client.series.list(sensor="two")
    assert [each.measure for each in found] == [measure.name for measure in MEASURES]
    assert [each.position for each in found] == [*range(len(MEASURES))]


FILTERS: tuple[tuple[SeriesFilter, set[str]], ...] = (
    ({"measure": "rain"}, {"one", "two", "three"}),
    ({"measure": "rain", "location": "greenhouse"}, {"one", "two"}),
    ({"measure": "rain", "location": "bench"}, {"two"}),
    ({"measure": "rain", "search": "THR"}, {"three"}),
    ({"search": "rain", "sensor": "one"}, {"one"}),
    ({"sensor_type": "everything", "measure": "rain", "sensor": "one"}, {"one"}),
    ({"sensor_type": "other"}, set()),
    ({"search": "%"}, set()),
)


def test_filters_narrow_the_series_and_their_last_values_alike(client: Client) -> None:
    for wanted, sensors in FILTERS:
        expected = {SeriesKey(sensor=sensor, measure="rain") for sensor in sensors}
        assert {each.key for each in client.series.list(**wanted)} == expected, wanted
        latest = client.series.latest(**wanted)
        assert {SeriesKey(sensor=each.sensor, measure=each.measure) for each in latest} == expected


def test_the_last_value_is_told_with_its_time_and_none_where_there_is_none(client: Client) -> None:
    found = {each.sensor: each for each in client.series.latest(measure="temperature")}
    assert {name: each.value for name, each in found.items()} == {"one": 3, "two": 3, "three": 5}
    assert {each.time for each in found.values()} == {NOW}
    (dry,) = client.series.latest(measure="rain", sensor="one")
    assert (dry.time, dry.value) == (None, None)


def test_the_client_follows_the_pages(client: Client) -> None:
    few = [Measure(name=f"measure-{place:03}") for place in range(334)]
    client.sensor_types.add(SensorType(name="wide", measures=tuple(few)))
    client.sensors.add_many([NewSensor(identifier=f"w{n}", type="wide") for n in range(3)])
    assert len(client.series.list(sensor_type="wide")) == 1002
    assert len(client.series.latest(sensor_type="wide")) == 1002


def test_an_admin_finds_keys_by_owner_and_name(client: Client) -> None:
    assert [key.name for key in client.keys.list(owner="owner@example.org")] == [
        "bin",
        "box",
        "gate",
    ]
    assert [key.owner for key in client.keys.list(search="BOX")] == [
        "another@example.org",
        "owner@example.org",
    ]


def test_nobody_else_finds_the_keys_of_others(app: FastAPI, session: Session, owner: User) -> None:
    web = TestClient(app)
    carry(web, log_in(session, owner))
    client = client_of(web)
    assert {key.owner for key in client.keys.list()} == {"owner@example.org"}
    assert client.keys.list(owner="another@example.org") == []


@pytest.mark.parametrize("search", ["50%", "a_b", "on/off", "/"])
def test_what_is_searched_for_is_found_as_it_is_written(
    session: Session, api: TestClient, search: str
) -> None:
    for name in ("50% shade", "50x shade", "a_b", "axb", "on/off", "on-off"):
        found = add_sensor(session, f"sensor-{name.encode().hex()}")
        client_of(api).sensors.update(found["temperature"].sensor, SensorChange(name=name))
    for path in ("series", "sensors"):
        listed = api.get(f"/v1/{path}", params={"search": search}).json()
        assert {each.get("sensor_name", each.get("name")) for each in listed} == {
            name for name in ("50% shade", "a_b", "on/off") if search in name
        }


def test_a_cursor_with_a_number_beyond_its_column_is_refused(api: TestClient) -> None:
    cursor = str(Cursor(sort="sensor", after=("one", 2**31, "temperature")))
    answer = api.get("/v1/series", params={"cursor": cursor})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "cursor")


@pytest.mark.parametrize("sensors", [0, 4_000])
def test_last_values_are_planned_once_and_not_at_each_request(
    session: Session, sensors: int
) -> None:
    add_many_sensors(session, sensors)
    for _ in range(12):
        assert values.latest_page(session, SeriesQuery()).items
    plans = session.execute(
        text("SELECT generic_plans FROM pg_prepared_statements WHERE statement LIKE '%AS page %'")
    )
    assert max(plans.scalars()) > 0


def add_many_sensors(session: Session, number: int) -> None:
    """Add sensors, and tell PostgreSQL how many there are: its plans go by that."""
    session.execute(
        text(
            "WITH added AS (INSERT INTO sensor (identifier, sensor_type_id)"
            " SELECT 'many-' || each, (SELECT min(id) FROM sensor_type)"
            " FROM generate_series(1, :number) AS each RETURNING id)"
            " INSERT INTO series (sensor_id, measure_id)"
            " SELECT id, (SELECT min(id) FROM measure) FROM added"
        ),
        {"number": number},
    )
    session.execute(text("ANALYZE sensor"))
    session.execute(text("ANALYZE series"))
