"""Anything is found by a part of its name, in one call."""

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dtbase.client import Client
from dtbase.domain.forecasts.runs import Model
from dtbase.domain.glance.search import Kind
from dtbase.domain.registry.locations import Location
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.errors import Invalid
from tests.factories import MEASURES
from tests.wire import client_of


@pytest.fixture
def client(api: TestClient) -> Client:
    return client_of(api)


@pytest.fixture(autouse=True)
def world(client: Client, session: Session) -> None:
    client.sensor_types.add(SensorType(name="station", measures=MEASURES))
    client.locations.add(Location(identifier="airport", name="Kennedy airport"))
    client.locations.add(Location(identifier="roof", name="Roof", parent="airport"))
    for identifier, name in (("JFK", "Kennedy"), ("LGA", "LaGuardia"), ("a_b", None)):
        client.sensors.add(NewSensor(identifier=identifier, type="station", name=name))
    client.models.add(Model(name="kennedy-model", description="Learns"))


def found(client: Client, words: str, limit: int = 8) -> list[tuple[Kind, str]]:
    return [(hit.kind, hit.identifier) for hit in client.glance.search(words, limit)]


def test_a_part_of_any_name_or_identifier_finds_it_whatever_the_capitals(client: Client) -> None:
    hits = found(client, "kenN")
    assert (Kind.LOCATION, "airport") in hits
    assert (Kind.SENSOR, "JFK") in hits
    assert (Kind.SERIES, "JFK/temperature") in hits
    assert (Kind.MODEL, "kennedy-model") in hits


def test_the_closest_name_comes_first_and_brings_its_kind_along(client: Client) -> None:
    assert found(client, "jfk")[0] == (Kind.SENSOR, "JFK")
    assert found(client, "JFK/rain")[0] == (Kind.SERIES, "JFK/rain")
    assert found(client, "roof")[0] == (Kind.LOCATION, "roof")


def test_every_word_must_be_there_in_any_order(client: Client) -> None:
    assert found(client, "rain kennedy") == [(Kind.SERIES, "JFK/rain")]
    assert found(client, "rain newark") == []


def test_a_hit_says_what_tells_it_from_its_likes(client: Client) -> None:
    (roof,) = client.glance.search("roof")
    assert (roof.name, roof.detail) == ("Roof", "Kennedy airport")
    (rain,) = client.glance.search("JFK/rain")
    assert (rain.name, rain.detail) == ("Kennedy", "mm")


def test_of_each_kind_no_more_come_than_are_asked_for(client: Client) -> None:
    kinds = [kind for kind, _ in found(client, "a", limit=2)]
    assert max(kinds.count(kind) for kind in Kind) == 2


@pytest.mark.parametrize("words", ["%", "a%b", "\\"])
def test_signs_of_patterns_stand_for_themselves(client: Client, words: str) -> None:
    assert found(client, words) == []


def test_an_underscore_finds_an_underscore_only(client: Client) -> None:
    assert (Kind.SENSOR, "a_b") in found(client, "a_b")
    assert all("_" in name for _, name in found(client, "_"))


def test_nothing_to_look_for_is_refused(client: Client) -> None:
    with pytest.raises(Invalid, match="q"):
        client.glance.search("")
