"""The weather service is told of one place, by its coordinates or as a location of the twin."""

from typing import Any

import pytest

from dtbase.domain.json_schemas import check
from dtbase.domain.registry.locations import Location
from dtbase.errors import Invalid
from jobs.weather.parameters import WeatherParameters
from jobs.weather.provider import Place

NEWARK = Location(
    identifier="newark-airport",
    name="Newark",
    coordinates={"latitude": 40.6925, "longitude": -74.1687},
)


def test_a_place_is_given_by_coordinates_on_the_equator_too() -> None:
    parameters = WeatherParameters(latitude=0, longitude=0)
    assert parameters.place_among([NEWARK]) == Place(latitude=0, longitude=0)


def test_a_place_is_given_by_a_location() -> None:
    parameters = WeatherParameters(location="newark-airport")
    assert parameters.place_among([NEWARK]) == Place(latitude=40.6925, longitude=-74.1687)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"latitude": 40},
        {"longitude": 0},
        {"location": "newark-airport", "latitude": 0},
        {"location": "newark-airport", "latitude": 0, "longitude": 0},
    ],
)
def test_anything_but_one_place_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="either a location, or a latitude and a longitude"):
        WeatherParameters(**given)


def test_no_hours_at_all_are_refused() -> None:
    with pytest.raises(Invalid, match="cannot both be 0"):
        WeatherParameters(location="newark-airport", past_hours=0, future_hours=0)


def test_an_unknown_location_is_refused() -> None:
    with pytest.raises(Invalid, match="no location 'newark'"):
        WeatherParameters(location="newark").place_among([NEWARK])


@pytest.mark.parametrize(
    ("coordinates", "named"),
    [
        ({}, "latitude"),
        ({"latitude": 40}, "longitude"),
        ({"latitude": "40", "longitude": 0}, "latitude"),
        ({"latitude": True, "longitude": 0}, "latitude"),
        ({"latitude": 91, "longitude": 0}, "latitude"),
        ({"latitude": 0, "longitude": -181}, "longitude"),
    ],
)
def test_a_location_without_coordinates_is_refused(coordinates: dict[str, Any], named: str) -> None:
    location = NEWARK.model_copy(update={"coordinates": coordinates})
    with pytest.raises(Invalid, match=f"location 'newark-airport' needs a {named} between"):
        WeatherParameters(location="newark-airport").place_among([location])


def test_the_schema_describes_every_parameter_for_a_form() -> None:
    schema = WeatherParameters.model_json_schema()
    assert all(each.get("description") for each in schema["properties"].values())


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"latitude": 40},
        {"location": None, "latitude": None, "longitude": 1},
        {"location": "here", "provider": "bbc"},
        {"location": "here", "measures": []},
        {"location": "here", "past_hours": -1},
    ],
)
def test_the_schema_refuses_what_the_service_would(given: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        check(WeatherParameters.model_json_schema(), given)


@pytest.mark.parametrize(
    "given", [{"location": "here"}, {"location": None, "latitude": 40, "longitude": 0}]
)
def test_the_schema_takes_what_the_service_takes(given: dict[str, Any]) -> None:
    check(WeatherParameters.model_json_schema(), given)
    WeatherParameters(**given)
