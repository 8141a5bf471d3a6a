"""Only what the twin lacks is asked for again, and the newest hours."""

from datetime import UTC, datetime

from dtbase.domain.timeranges import TimeRange
from jobs.weather.calls import Caller, Manners
from jobs.weather.gaps import given_up, missing_hours, untold
from jobs.weather.measures import BOUNDS, Element, weather
from jobs.weather.open_meteo import OpenMeteo
from jobs.weather.open_weather_map import OpenWeatherMap
from jobs.weather.provider import HOUR, Column, Place, Provider, Request, Weather

NOW = datetime(2026, 3, 1, 12, 20, tzinfo=UTC)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CALLER = Caller(
    Manners(name="x", key_setting="DTBASE_X", reason_field="reason", key_parameter="key")
)
METEO = OpenMeteo(CALLER, "http://127.0.0.1:9", "http://127.0.0.1:9")
MAP = OpenWeatherMap(CALLER, "http://127.0.0.1:9")


def hours(*back: int) -> set[datetime]:
    return {NOON - each * HOUR for each in back}


def missing(provider: Provider, past_hours: int, **known: set[datetime]) -> set[int]:
    """Return how many hours back the missing ones lie."""
    by_element = {Element(name): times for name, times in known.items()}
    found = missing_hours(provider, by_element, NOW, past_hours)
    assert list(found) == sorted(found)
    return {(NOON - hour) // HOUR for hour in found}


def test_an_empty_twin_lacks_every_hour() -> None:
    assert missing(METEO, 48, temperature=set()) == set(range(48))
    assert missing(METEO, 0, temperature=set()) == set()


def test_a_full_twin_lacks_only_the_newest_hours() -> None:
    full = hours(*range(48))
    assert missing(METEO, 48, temperature=full) == set(range(6))
    assert missing(MAP, 48, temperature=full) == {0}


def test_an_hour_that_lacks_one_measure_is_asked_for_again() -> None:
    full = hours(*range(48))
    known = {"temperature": full - hours(20), "pressure": full - hours(30)}
    assert missing(MAP, 48, **known) == {0, 20, 30}


def test_what_a_provider_gives_only_at_times_makes_no_gap() -> None:
    full = hours(*range(48))
    assert missing(MAP, 48, temperature=full, wind_gust=set()) == {0}
    assert missing(MAP, 3, wind_gust=hours(1)) == {0, 2}


def test_readings_between_the_hours_fill_none() -> None:
    between = {time + HOUR / 2 for time in hours(*range(48))}
    assert missing(MAP, 3, temperature=between) == {0, 1, 2}


def test_the_sensor_type_takes_every_measure_in_our_units() -> None:
    assert [measure.name for measure in weather().measures] == [
        element.value for element in Element
    ]
    assert set(BOUNDS) == set(Element)


def request_for(*back: int) -> Request:
    missing = tuple(sorted(hours(*back)))
    place = Place(latitude=0, longitude=0)
    return Request(place=place, elements=(Element.TEMPERATURE,), now=NOW, missing=missing)


def told(*back: int) -> Weather:
    times = tuple(sorted(hours(*back)))
    column = Column(element=Element.TEMPERATURE, times=times, values=(1.0,) * len(times))
    return Weather(observed=(column,))


def test_hours_of_which_nothing_was_told_are_counted_once_they_are_settled() -> None:
    all_of_it = TimeRange(start=NOON - 48 * HOUR, end=NOON + HOUR)
    request = request_for(0, 2, 20, 21, 30)
    assert set(untold(METEO, request, all_of_it, told(20))) == hours(21, 30)
    assert set(untold(MAP, request, all_of_it, told(20))) == hours(2, 21, 30)
    assert set(untold(MAP, request, TimeRange(start=NOON, end=NOON + HOUR), told())) == set()


def test_what_is_given_up_is_said_with_its_number_and_its_span() -> None:
    said = given_up(MAP, sorted(hours(20)))
    assert said == "openweathermap has nothing for 1 hour of the past: 2026-02-28 16:00 UTC"
    assert given_up(METEO, sorted(hours(2, 4))) == (
        "open-meteo has nothing for 2 hours of the past: 2026-03-01 08:00 to 2026-03-01 10:00 UTC"
    )
