"""OpenWeatherMap is asked hour by hour for the past, and its answers become ours."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from dtbase.domain.timeranges import TimeRange
from dtbase.errors import Invalid
from jobs.weather.calls import Caller, Manners
from jobs.weather.measures import Element
from jobs.weather.open_weather_map import OpenWeatherMap
from jobs.weather.provider import HOUR, Column, Place, Request
from jobs.weather.provider import Weather as Brought
from tests.providers import KEY, Weather, weather_server

NOW = datetime(2026, 3, 1, 12, 20, tzinfo=UTC)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLACE = Place(latitude=40.7128, longitude=-74.006)


@pytest.fixture
def weather() -> Iterator[Weather]:
    with weather_server() as weather:
        yield weather


@pytest.fixture
def provider(weather: Weather) -> OpenWeatherMap:
    manners = Manners(
        name="openweathermap",
        reason_field="message",
        key=SecretStr(KEY),
        key_parameter="appid",
        key_setting="DTBASE_OPENWEATHERMAP_KEY",
    )
    return OpenWeatherMap(Caller(manners, wait=lambda _: None), weather.url)


def request_for(*missing: datetime, future_hours: int = 0) -> Request:
    return Request(
        place=PLACE,
        elements=tuple(Element),
        now=NOW,
        missing=missing,
        future_hours=future_hours,
    )


def ask(provider: OpenWeatherMap, request: Request) -> Brought:
    (hours,) = provider.plan(request)
    return provider.ask(request, hours)


def column(columns: tuple[Column, ...], element: Element) -> Column:
    (found,) = [each for each in columns if each.element is element]
    return found


def test_each_hour_of_the_past_is_a_call_and_the_rest_one(provider: OpenWeatherMap) -> None:
    request = request_for(NOON - 3 * HOUR, NOON - HOUR, NOON, future_hours=48)
    starts = [hours.start for hours in provider.plan(request)]
    assert starts == [NOON, NOON - HOUR, NOON - 3 * HOUR]


def test_nothing_wanted_costs_nothing(provider: OpenWeatherMap) -> None:
    assert provider.plan(request_for()) == []


def test_the_hour_that_has_begun_is_observed_and_the_others_are_forecast(
    provider: OpenWeatherMap, weather: Weather
) -> None:
    brought = ask(provider, request_for(NOON, future_hours=24))
    assert column(brought.observed, Element.TEMPERATURE).times == (NOON,)
    ahead = column(brought.forecast, Element.TEMPERATURE).times
    assert ahead == tuple(NOON + place * HOUR for place in range(1, 25))
    assert weather.asked[0].query["exclude"] == "current,minutely,daily,alerts"
    assert weather.asked[0].query["units"] == "metric"


def test_an_hour_of_the_past_comes_in_our_units(provider: OpenWeatherMap, weather: Weather) -> None:
    hour = NOON - 6 * HOUR
    brought = ask(provider, request_for(hour))
    assert not brought.forecast
    assert {each.element: each.values for each in brought.observed} == {
        Element.TEMPERATURE: (13,),
        Element.DEW_POINT: (4.25,),
        Element.HUMIDITY: (66,),
        Element.WIND_DIRECTION: (93,),
        Element.WIND_SPEED: (3.13,),
        Element.WIND_GUST: (6.71,),
        Element.PRECIPITATION: (0.75,),
        Element.PRESSURE: (1015,),
        Element.VISIBILITY: (10,),
    }
    assert weather.asked[0].path == "/data/3.0/onecall/timemachine"
    assert weather.asked[0].query["dt"] == str(int(hour.timestamp()))


def test_no_rain_is_none_fallen_and_no_gust_is_unknown(
    provider: OpenWeatherMap, weather: Weather
) -> None:
    weather.spoil = lambda document: [
        document["data"][0].pop(name) for name in ("wind_gust", "visibility")
    ]
    observed = ask(provider, request_for(NOON - HOUR)).observed
    assert column(observed, Element.PRECIPITATION).values == (0,)
    assert {Element.WIND_GUST, Element.VISIBILITY}.isdisjoint(each.element for each in observed)


def test_nulls_are_no_readings(provider: OpenWeatherMap, weather: Weather) -> None:
    weather.spoil = lambda document: document["data"][0].update(temp=None)
    observed = ask(provider, request_for(NOON - HOUR)).observed
    assert Element.TEMPERATURE not in {each.element for each in observed}
    assert Element.PRESSURE in {each.element for each in observed}


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda point: point.pop("temp"), "data.0.temp: Field required"),
        (lambda point: point.update(temp="9"), "data.0.temp: Input should be a valid number"),
        (lambda point: point.update(rain=0.5), "data.0.rain: Input should be"),
        (
            lambda point: point.update(dt=0),
            "was asked for 2026-03-01 11:00:00 UTC and told of 1970",
        ),
    ],
)
def test_a_changed_answer_names_the_field_and_the_rule(
    provider: OpenWeatherMap, weather: Weather, spoil: Any, told: str
) -> None:
    weather.spoil = lambda document: spoil(document["data"][0])
    with pytest.raises(Invalid) as raised:
        ask(provider, request_for(NOON - HOUR))
    assert raised.value.detail.startswith("openweathermap")
    assert told in raised.value.detail


def test_a_forecast_without_any_hour_is_refused(provider: OpenWeatherMap, weather: Weather) -> None:
    weather.spoil = lambda document: document.update({"hourly": []})
    with pytest.raises(Invalid, match="hourly: List should have at least 1 item"):
        ask(provider, request_for(future_hours=1))


def test_an_hour_that_the_provider_does_not_have_brings_nothing(
    provider: OpenWeatherMap, weather: Weather
) -> None:
    weather.spoil = lambda document: document.update({"data": []})
    assert ask(provider, request_for(NOON - HOUR)) == Brought()


def test_an_hour_of_nulls_is_not_taken_for_a_dry_one(
    provider: OpenWeatherMap, weather: Weather
) -> None:
    weather.spoil = lambda document: document["data"][0].update(
        {name: None for name in document["data"][0] if name not in ("dt", "weather")}
    )
    assert ask(provider, request_for(NOON - HOUR)) == Brought()


def test_ranges_are_ranges(provider: OpenWeatherMap) -> None:
    (hours,) = provider.plan(request_for(future_hours=2))
    assert hours == TimeRange(start=NOON, end=NOON + 3 * HOUR)
