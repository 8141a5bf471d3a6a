"""Where sensors were, and what was read there: against plain Python."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from dtbase.client import Client
from dtbase.domain.registry.installations import NewInstallation
from dtbase.domain.registry.locations import Location, LocationChange
from dtbase.domain.timeranges import TimeRange
from dtbase.errors import Invalid, NotFound
from dtbase.storage.readings import readings
from dtbase.storage.registry import installations, locations, sensors
from tests.factories import add_sensor, batch_of
from tests.wire import client_of

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
PLACES = "abcdef"

shared = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
Moves = Sequence[tuple[str, str | None]]


MOVES = st.tuples(st.sampled_from(PLACES), st.none() | st.sampled_from(PLACES))


def ancestors(parents: Mapping[str, str | None], place: str) -> set[str]:
    found: set[str] = set()
    at: str | None = place
    while at is not None and at not in found:
        found.add(at)
        at = parents[at]
    return found


@shared
@given(st.lists(MOVES, max_size=12))
def test_the_tree_never_has_a_cycle_and_allows_every_other_move(
    session: Session, moves: Moves
) -> None:
    with session.begin_nested() as world:
        parents: dict[str, str | None] = dict.fromkeys(PLACES)
        for place in PLACES:
            locations.add(session, Location(identifier=place, name=place))
        for place, parent in moves:
            change = LocationChange(parent=parent)
            if parent is not None and place in ancestors(parents, parent):
                with pytest.raises(Invalid):
                    locations.update(session, place, change)
            else:
                locations.update(session, place, change)
                parents[place] = parent
        assert {each.identifier: each.parent for each in locations.list(session)} == parents
        for place in PLACES:
            inside = {low for low in PLACES if place in ancestors(parents, low)}
            assert len(session.scalars(locations.subtree(place)).all()) == len(inside)
        world.rollback()


TREE = {"a": None, "b": "a", "c": "b", "d": "a", "e": None}
History = Mapping[int, str | None]
histories = st.dictionaries(st.integers(0, 20), st.none() | st.sampled_from("abcde"), max_size=8)


def where(history: History, hour: int) -> str | None:
    """Return where a sensor was during an hour, by its installations."""
    begun = [since for since in history if since <= hour]
    return history[max(begun)] if begun else None


@shared
@given(histories, histories, st.integers(0, 20), st.integers(1, 20), st.sampled_from("abcde"))
def test_where_sensors_were_is_what_their_histories_say(
    session: Session, one: History, two: History, start: int, hours: int, place: str
) -> None:
    span = TimeRange.of(START + start * HOUR, START + (start + hours) * HOUR)
    with session.begin_nested() as world:
        for identifier, parent in TREE.items():
            locations.add(session, Location(identifier=identifier, name="x", parent=parent))
        expected = {}
        for name, history in (("one", one), ("two", two)):
            sensor = sensor_id(session, name)
            for since, at in history.items():
                new = NewInstallation(sensor=name, location=at, since=START + since * HOUR)
                installations.add(session, new)
            expected[sensor] = {
                hour
                for hour in range(start, start + hours)
                if (at := where(history, hour)) is not None and place in ancestors(TREE, at)
            }
        found: dict[int, set[int]] = {sensor: set() for sensor in expected}
        ends: dict[int, datetime] = {}
        for stay in installations.where_installed(session, place, span):
            assert ends.get(stay.sensor_id) != stay.span.start, "stays that touch are one"
            ends[stay.sensor_id] = stay.span.end
            first = round((stay.span.start - START) / HOUR)
            found[stay.sensor_id] |= set(range(first, round((stay.span.end - START) / HOUR)))
        assert found == expected
        world.rollback()


def sensor_id(session: Session, name: str) -> int:
    """Add a sensor and return its id."""
    add_sensor(session, name)
    return sensors.lock(session, name).id


@pytest.fixture
def client(api: TestClient, session: Session) -> Client:
    """Have two rooms in a house; one sensor stays in the first, one moves at noon by half past."""
    client = client_of(api)
    for place, parent in (("house", None), ("hall", "house"), ("attic", "house")):
        client.locations.add(Location(identifier=place, name=place, parent=parent))
    moved = START + 12.5 * HOUR
    stays = (("still", "hall", START), ("moves", "hall", START), ("moves", "attic", moved))
    for name, offset in (("still", 0), ("moves", 1000)):
        series = add_sensor(session, name)
        times = [START + quarter * HOUR / 4 for quarter in range(96)]
        for measure, values in (
            ("temperature", [offset + float(n) for n in range(96)]),
            ("energy", [offset + float(n) for n in range(96)]),
            ("people", [2**60 + n for n in range(96)]),
            ("state", [f"{offset}-{n}" for n in range(96)]),
        ):
            readings.write(session, batch_of(series[measure], times, values))
    client.installations.add_many(
        [NewInstallation(sensor=name, location=at, since=since) for name, at, since in stays]
    )
    return client


END = START + 24 * HOUR


def test_readings_of_a_location_are_those_of_its_time(client: Client) -> None:
    found = client.readings.query(
        [], START, END, location="hall", measure=["temperature"], bucket="raw"
    )
    moves, still = found.series
    assert (str(moves.key), str(still.key)) == ("moves/temperature", "still/temperature")
    assert still.values["value"] == [float(n) for n in range(96)]
    assert moves.values["value"] == [1000 + float(n) for n in range(50)]
    (attic,) = client.readings.query(
        [], START, END, location="attic", measure=["temperature"], bucket="raw"
    ).series
    assert attic.values["value"] == [1000 + float(n) for n in range(50, 96)]


def test_a_subtree_has_all_that_was_read_in_its_parts(client: Client) -> None:
    asked = {"bucket": "6h", "aggregates": ["mean", "count"]}
    names = ["moves/temperature", "still/temperature"]
    house = client.readings.query(
        [],
        START,
        END,
        location="house",
        measure=["temperature"],
        **asked,  # type: ignore[arg-type]
    )
    plain = client.readings.query(names, START, END, **asked)  # type: ignore[arg-type]
    assert house.series == plain.series
    assert house.source == plain.source == "hour"


def test_buckets_of_a_location_hold_only_what_was_read_there(client: Client) -> None:
    (moves, _) = client.readings.query(
        [],
        START,
        END,
        location="hall",
        measure=["temperature"],
        bucket="6h",
        aggregates=["count", "max"],
    ).series
    assert moves.values == {"count": [24, 24, 2], "max": [1023.0, 1047.0, 1049.0]}


def test_sensors_of_a_location_can_be_taken_together(client: Client) -> None:
    (hall,) = client.readings.query(
        [],
        START,
        END,
        location="hall",
        measure=["temperature"],
        bucket="6h",
        aggregates=["count", "min", "max", "mean"],
        combined=True,
    ).series
    assert (hall.sensor, hall.measure) == ("", "temperature")
    assert hall.values["count"] == [48, 48, 26, 24]
    assert hall.values["max"] == [1023.0, 1047.0, 1049.0, 95.0]
    third = (sum(range(48, 72)) + 1048 + 1049) / 26
    assert hall.values["mean"][2] == pytest.approx(third)
    auto = client.readings.query([], START, END, location="hall", combined=True, measure=["people"])
    assert auto.bucket != "raw"


def test_every_datatype_is_read_by_location_as_it_is(client: Client) -> None:
    frame = client.readings.frame([], START, END, location="attic")
    assert frame["moves/people"].iloc[0] == 2**60 + 50
    assert frame["moves/state"].iloc[-1] == "1000-95"
    found = client.readings.query([], START, END, location="attic", bucket="raw")
    assert {series.measure for series in found.series} >= {"temperature", "energy", "state"}


def test_a_counter_counts_for_the_place_where_it_stood(client: Client) -> None:
    def used(location: str, *, combined: bool) -> list[float]:
        found = client.readings.query(
            [],
            START,
            END,
            location=location,
            measure=["energy"],
            bucket="1d",
            aggregates=["sum"],
            combined=combined,
        )
        return [each.values["sum"][0] for each in found.series]  # type: ignore[misc]

    assert used("hall", combined=False) == [49.0, 95.0]
    assert used("attic", combined=False) == [45.0]
    assert used("hall", combined=True) == [49.0 + 95.0]
    assert used("house", combined=True) == [95.0 + 95.0]


def test_nobody_was_there(client: Client) -> None:
    before = START - 48 * HOUR
    assert client.readings.query([], before, START, location="house").series == []
    assert client.readings.query([], before, START, location="house", combined=True).series == []


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("location=nowhere", 404, "location"),
        ("location=house&measure=nothing", 404, "measure"),
        ("location=house&series=still/temperature", 422, "location"),
        ("location=house&model=oracle", 422, "location"),
        ("location=house&combined=true&bucket=raw", 422, "bucket"),
        ("series=still/temperature&measure=temperature", 422, "measure"),
        ("series=still/temperature&combined=true", 422, "combined"),
    ],
)
@pytest.mark.usefixtures("client")
def test_a_query_by_location_that_makes_no_sense_is_refused(
    api: TestClient, query: str, status: int, field: str
) -> None:
    answer = api.get(f"/v1/readings?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field)


def test_an_unknown_location_has_no_history(session: Session) -> None:
    span = TimeRange.of(START, END)
    with pytest.raises((Invalid, NotFound)):
        installations.where_installed(session, "nowhere", span)
