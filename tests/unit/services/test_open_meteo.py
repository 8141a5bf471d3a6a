"""Open-Meteo is asked for few and short ranges, and its answers become ours."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dtbase.domain.timeranges import TimeRange
from dtbase.errors import DTBaseError, Invalid, Unavailable
from jobs.weather.calls import Caller, Manners
from jobs.weather.measures import Element
from jobs.weather.open_meteo import OpenMeteo
from jobs.weather.provider import HOUR, Column, Place, Request
from jobs.weather.provider import Weather as Brought
from tests.providers import Reply, Weather, weather_server

NOW = datetime(2026, 3, 1, 12, 20, tzinfo=UTC)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PLACE = Place(latitude=40.7128, longitude=-74.006)
MANNERS = Manners(
    name="open-meteo", reason_field="reason", key_parameter="apikey", key_setting="DTBASE_X"
)


@pytest.fixture
def weather() -> Iterator[Weather]:
    with weather_server() as weather:
        yield weather


@pytest.fixture
def provider(weather: Weather) -> OpenMeteo:
    return OpenMeteo(Caller(MANNERS, wait=lambda _: None), weather.url, weather.url)


def request_for(*missing: datetime, future_hours: int = 0, **options: Any) -> Request:
    return Request(
        **{"place": PLACE, "elements": tuple(Element), "now": NOW, **options},
        missing=missing,
        future_hours=future_hours,
    )


def back(hours: int, count: int = 1) -> list[datetime]:
    """Return hours in a row, the first so many hours ago."""
    return [NOON - (hours - place) * HOUR for place in range(count)]


def ask(provider: OpenMeteo, request: Request) -> Brought:
    (hours,) = provider.plan(request)
    return provider.ask(request, hours)


def column(columns: tuple[Column, ...], element: Element) -> Column:
    (found,) = [each for each in columns if each.element is element]
    return found


def refusal(provider: OpenMeteo) -> DTBaseError:
    with pytest.raises(DTBaseError) as raised:
        ask(provider, request_for(*back(2, 3)))
    return raised.value


def test_the_past_and_the_future_come_in_one_call(provider: OpenMeteo) -> None:
    (hours,) = provider.plan(request_for(*back(5, 6), future_hours=48))
    assert (hours.start, hours.end) == (NOON - 5 * HOUR, NOON + 49 * HOUR)


def test_a_forecast_alone_asks_for_the_hours_ahead(provider: OpenMeteo, weather: Weather) -> None:
    brought = ask(provider, request_for(future_hours=3))
    assert not brought.observed
    assert column(brought.forecast, Element.TEMPERATURE).times == tuple(
        NOON + place * HOUR for place in (1, 2, 3)
    )
    assert weather.asked[0].path == "/v1/forecast"
    assert weather.asked[0].query["start_hour"] == "2026-03-01T13:00"
    assert weather.asked[0].query["end_hour"] == "2026-03-01T15:00"


def test_distant_gaps_are_asked_for_one_by_one_the_newest_first(provider: OpenMeteo) -> None:
    gaps = [*back(30 * 24, 3), *back(29 * 24, 2), *back(5, 6)]
    newest, older = provider.plan(request_for(*gaps))
    assert (newest.start, newest.end) == (NOON - 5 * HOUR, NOON + HOUR)
    assert (older.start, older.end) == (gaps[0], gaps[4] + 2 * HOUR)


def test_what_is_older_than_three_months_comes_from_the_archive(
    provider: OpenMeteo, weather: Weather
) -> None:
    request = request_for(*back(100 * 24, 20 * 24))
    recent, archived = provider.plan(request)
    assert recent.start == archived.end == datetime(2025, 12, 1, tzinfo=UTC)
    brought = provider.ask(request, archived)
    asked = weather.asked[0]
    assert asked.path == "/v1/archive"
    assert (asked.query["start_date"], asked.query["end_date"]) == ("2025-11-21", "2025-11-30")
    assert "visibility" not in asked.query["hourly"]
    assert len(column(brought.observed, Element.TEMPERATURE).times) == 240


def test_an_archive_without_the_measure_is_not_asked(provider: OpenMeteo, weather: Weather) -> None:
    request = request_for(*back(100 * 24), elements=(Element.VISIBILITY,))
    (archived,) = provider.plan(request)
    assert provider.ask(request, archived) == Brought()
    assert not weather.asked


def test_years_are_asked_for_one_by_one_without_a_hole(provider: OpenMeteo) -> None:
    count = 3 * 366 * 24
    plan = provider.plan(request_for(*back(count, count)))
    assert all(hours.seconds <= timedelta(days=366).total_seconds() for hours in plan)
    assert [hours.start for hours in plan[:-1]] == [hours.end for hours in plan[1:]]
    assert (plan[-1].start, plan[0].end) == (NOON - count * HOUR, NOON + HOUR)


def test_values_come_in_our_units(provider: OpenMeteo, weather: Weather) -> None:
    def imperial(document: Any) -> None:
        document["hourly_units"]["temperature_2m"] = "°F"
        document["hourly_units"]["wind_speed_10m"] = "km/h"
        document["hourly"]["temperature_2m"] = [212 / 4] * 3
        document["hourly"]["wind_speed_10m"] = [36] * 3

    weather.spoil = imperial
    observed = ask(provider, request_for(*back(2, 3))).observed
    first = {each.element: each.values[0] for each in observed}
    assert first == {
        Element.TEMPERATURE: 11.666667,
        Element.DEW_POINT: 4.25,
        Element.HUMIDITY: 70,
        Element.WIND_DIRECTION: 93,
        Element.WIND_SPEED: 10,
        Element.WIND_GUST: 6.71,
        Element.PRECIPITATION: 1.0,
        Element.PRESSURE: 1015,
        Element.VISIBILITY: 24.14,
    }


def test_amounts_and_gusts_stand_at_the_start_of_their_hour(provider: OpenMeteo) -> None:
    brought = ask(provider, request_for(*back(1, 2), future_hours=2))
    rain = column(brought.observed, Element.PRECIPITATION)
    assert rain.times == (NOON - 2 * HOUR, NOON - HOUR)
    assert rain.values == (1.1, 1.2)
    assert column(brought.observed, Element.WIND_GUST).times == rain.times
    assert column(brought.observed, Element.TEMPERATURE).times == (NOON - HOUR, NOON)


def test_a_forecast_tells_only_of_what_is_ahead(provider: OpenMeteo) -> None:
    forecast = ask(provider, request_for(*back(1, 2), future_hours=2)).forecast
    assert all(time > NOW for each in forecast for time in each.times)
    assert column(forecast, Element.TEMPERATURE).times == (NOON + HOUR, NOON + 2 * HOUR)
    assert column(forecast, Element.PRECIPITATION).times == (NOON + HOUR,)


def test_nulls_are_no_readings(provider: OpenMeteo, weather: Weather) -> None:
    def partial(document: Any) -> None:
        document["hourly"]["temperature_2m"][1] = None
        document["hourly"]["visibility"] = [None] * 3

    weather.spoil = partial
    observed = ask(provider, request_for(*back(2, 3))).observed
    assert column(observed, Element.TEMPERATURE).times == (NOON - 2 * HOUR, NOON)
    assert Element.VISIBILITY not in {each.element for each in observed}


def test_missing_hours_are_no_readings(provider: OpenMeteo, weather: Weather) -> None:
    def shorter(document: Any) -> None:
        document["hourly"] = {name: each[:1] for name, each in document["hourly"].items()}

    weather.spoil = shorter
    observed = ask(provider, request_for(*back(2, 3))).observed
    assert column(observed, Element.TEMPERATURE).times == (NOON - 2 * HOUR,)


def spoilt(part: str, name: str, value: object) -> Any:
    return lambda document: document[part].update({name: value})


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda document: document.pop("hourly"), "hourly: Field required"),
        (lambda document: document.pop("hourly_units"), "hourly_units: Field required"),
        (
            lambda document: document["hourly"].pop("temperature_2m"),
            "answered without hourly.temperature_2m, which was asked for",
        ),
        (
            lambda document: document["hourly_units"].pop("pressure_msl"),
            "answered without hourly_units.pressure_msl, which was asked for",
        ),
        (
            spoilt("hourly", "temperature_2m", ["9.5", 9, 9]),
            "hourly.temperature_2m.0: Input should be a valid number, not '9.5'",
        ),
        (spoilt("hourly", "time", ["2026-03-01T10:00"]), "hourly.time.0: Input should be a valid"),
        (spoilt("hourly", "time", [3, 2, 1]), "hourly: Value error, time must rise"),
        (
            spoilt("hourly_units", "temperature_2m", "undefined"),
            "gives temperature in 'undefined', which cannot become degC",
        ),
        (spoilt("hourly_units", "temperature_2m", "m/s"), "in 'm/s', which cannot become degC"),
        (
            spoilt("hourly", "temperature_2m", [283.15, 284.15, 283.15]),
            "temperature must lie between -100 and 70 degC, not 283.15; 3 of 3 do not",
        ),
    ],
)
def test_a_changed_answer_names_the_field_and_the_rule(
    provider: OpenMeteo, weather: Weather, spoil: Any, told: str
) -> None:
    weather.spoil = spoil
    error = refusal(provider)
    assert isinstance(error, Invalid)
    assert error.detail.startswith("open-meteo")
    assert told in error.detail


@pytest.mark.parametrize(
    ("name", "values", "element", "wrong"),
    [
        ("relative_humidity_2m", [70, 101, 70], Element.HUMIDITY, 101.0),
        ("pressure_msl", [-9999, 1015, 1015], Element.PRESSURE, -9999.0),
        ("temperature_2m", [9, 9, 283.15], Element.TEMPERATURE, 283.15),
    ],
)
def test_what_no_weather_is_keeps_nothing_else_out(
    provider: OpenMeteo,
    weather: Weather,
    name: str,
    values: list[float],
    element: Element,
    wrong: float,
) -> None:
    weather.spoil = spoilt("hourly", name, values)
    found = ask(provider, request_for(*back(2, 3)))
    assert [(each.element, each.values) for each in found.impossible] == [(element, (wrong,))]
    assert wrong not in column(found.observed, element).values
    assert {each.element for each in found.observed} == set(Element)


def test_a_column_of_another_length_is_named_and_the_others_are_kept(
    provider: OpenMeteo, weather: Weather
) -> None:
    weather.spoil = spoilt("hourly", "visibility", [1, 2])
    found = ask(provider, request_for(*back(2, 3)))
    assert found.faults == ("hourly.visibility must have 3 values, as time has, not 2",)
    assert {each.element for each in found.observed} == set(Element) - {Element.VISIBILITY}


def test_an_error_with_status_200_tells_the_reason(provider: OpenMeteo, weather: Weather) -> None:
    weather.replies = [Reply(body=b'{"error": true, "reason": "Daily limit exceeded."}')]
    error = refusal(provider)
    assert isinstance(error, Unavailable)
    assert error.detail == "open-meteo refused: Daily limit exceeded."


@pytest.mark.parametrize("body", [b"<html>Gateway</html>", b"", b'{"hourly": {"time": [1', b"\xff"])
def test_garbage_is_shown(provider: OpenMeteo, weather: Weather, body: bytes) -> None:
    weather.replies = [Reply(body=body)]
    error = refusal(provider)
    assert isinstance(error, Unavailable)
    assert error.detail.startswith("open-meteo answered no JSON but ")


def test_not_a_number_is_refused(provider: OpenMeteo, weather: Weather) -> None:
    weather.spoil = spoilt("hourly", "temperature_2m", [float("nan"), 9, 9])
    assert "hourly.temperature_2m.0: Input should be a finite number" in refusal(provider).detail


def test_a_refused_request_tells_the_reason(provider: OpenMeteo, weather: Weather) -> None:
    weather.replies = [Reply(400, b'{"error":true,"reason":"No data for this location"}')]
    assert refusal(provider).detail == (
        "open-meteo refused the request with 400: No data for this location"
    )


def test_ranges_are_ranges(provider: OpenMeteo) -> None:
    assert provider.plan(request_for()) == []
    assert provider.plan(request_for(NOON)) == [TimeRange(start=NOON, end=NOON + HOUR)]
