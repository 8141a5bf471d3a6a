"""A provider that fails is asked again for a while, and then the reason is told plainly."""

import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from pydantic import SecretStr

from dtbase.errors import DTBaseError, Invalid, TooMany, Unavailable
from jobs.weather import calls, open_meteo
from jobs.weather.calls import Caller, Manners
from tests.providers import KEY, Reply, Weather, refused, weather_server

MANNERS = Manners(
    name="openweathermap",
    reason_field="message",
    key=SecretStr(KEY),
    key_parameter="appid",
    key_setting="DTBASE_OPENWEATHERMAP_KEY",
)
BUSY = "Minutely API request limit exceeded. Please try again in one minute."


@pytest.fixture
def weather() -> Iterator[Weather]:
    with weather_server() as weather:
        yield weather


@pytest.fixture
def waits() -> list[float]:
    """Return what would have been waited, in seconds."""
    return []


@pytest.fixture
def caller(waits: list[float]) -> Caller:
    return Caller(MANNERS, open_meteo.pause_from_words, waits.append, seconds_to_read=0.3)


def get(caller: Caller, weather: Weather) -> bytes:
    return caller.get(f"{weather.url}/data/3.0/onecall", {"lat": "40.7128", "lon": "-74.006"})


def error_of(caller: Caller, weather: Weather) -> DTBaseError:
    with pytest.raises(DTBaseError) as raised:
        get(caller, weather)
    return raised.value


def test_the_key_goes_with_the_request(caller: Caller, weather: Weather) -> None:
    assert b"hourly" in get(caller, weather)
    assert weather.asked[0].query == {"lat": "40.7128", "lon": "-74.006", "appid": KEY}


def test_a_fault_that_passes_is_not_told(
    caller: Caller, weather: Weather, waits: list[float]
) -> None:
    weather.replies = [refused(500), Reply(status=502, body=b"<html>"), refused(504)]
    assert b"hourly" in get(caller, weather)
    assert len(waits) == 3
    assert all(0.5 * 2**n <= wait <= 0.5 * 2**n + 0.5 for n, wait in enumerate(waits))


def test_a_fault_that_stays_is_told_after_four_tries(caller: Caller, weather: Weather) -> None:
    weather.replies = [refused(500, cod=500, message="Internal error")] * 9
    error = error_of(caller, weather)
    assert isinstance(error, Unavailable)
    assert error.detail == "openweathermap answered 500 4 times: Internal error"
    assert len(weather.asked) == 4


def test_a_server_that_stalls_is_tried_again_and_then_given_up(
    caller: Caller, weather: Weather
) -> None:
    weather.replies = [Reply(stalls=True)] * 9
    error = error_of(caller, weather)
    assert isinstance(error, Unavailable)
    assert error.detail == "openweathermap did not answer within 0.3 seconds"
    assert len(weather.asked) == 4


def test_a_server_that_is_not_there_is_unreachable(caller: Caller) -> None:
    with pytest.raises(Unavailable, match="openweathermap could not be reached"):
        get(caller, Weather(url="http://127.0.0.1:9"))


def test_a_short_pause_asked_for_is_kept(
    caller: Caller, weather: Weather, waits: list[float]
) -> None:
    weather.replies = [refused(429, "7"), refused(503, "12")]
    get(caller, weather)
    assert waits == [7, 12]


def test_a_pause_until_a_moment_is_kept(
    caller: Caller, weather: Weather, waits: list[float]
) -> None:
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=59), usegmt=True)
    weather.replies = [refused(429, moment)]
    get(caller, weather)
    assert 20 < waits[0] <= 59


def test_a_pause_told_in_words_is_kept(
    caller: Caller, weather: Weather, waits: list[float]
) -> None:
    weather.replies = [refused(429, error=True, message=BUSY)]
    get(caller, weather)
    assert waits == [60]


@pytest.mark.parametrize(
    ("limit", "least"), [("Hourly", timedelta(0)), ("Daily", timedelta(0)), ("Monthly", None)]
)
def test_limits_of_an_hour_or_a_day_end_with_it(limit: str, least: timedelta | None) -> None:
    pause = open_meteo.pause_from_words(f"{limit} API request limit exceeded.")
    if least is None:
        assert pause is None
        return
    assert pause is not None
    ends = datetime.now(UTC) + timedelta(seconds=pause)
    assert (ends + timedelta(seconds=30)).minute == 0
    assert timedelta(0) <= timedelta(seconds=pause) <= timedelta(days=1)


def test_a_long_pause_is_not_waited_for_but_told(
    caller: Caller, weather: Weather, waits: list[float]
) -> None:
    weather.replies = [refused(429, "3600", cod=429, message="Your account is blocked.")]
    error = error_of(caller, weather)
    assert isinstance(error, TooMany)
    assert error.retry_after is not None
    assert 3599 <= error.retry_after <= 3600
    assert error.detail.startswith(
        "openweathermap wants no more calls now: Your account is blocked.; come back after 20"
    )
    assert not waits
    assert len(weather.asked) == 1


def test_a_limit_without_an_end_is_tried_again_a_few_times(
    caller: Caller, weather: Weather, waits: list[float]
) -> None:
    weather.replies = [refused(429, cod=429, message="Blocked.")] * 9
    error = error_of(caller, weather)
    assert isinstance(error, TooMany)
    assert error.retry_after is None
    assert error.detail.endswith("come back later")
    assert all(0.5 * 2**n <= wait <= 0.5 * 2**n + 0.5 for n, wait in enumerate(waits))
    assert len(waits) == 3


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_names_its_setting(caller: Caller, weather: Weather, status: int) -> None:
    weather.replies = [refused(status, cod=status, message=f"Invalid API key {KEY}.")]
    error = error_of(caller, weather)
    assert isinstance(error, Invalid)
    assert error.detail == (
        "openweathermap refuses the key in DTBASE_OPENWEATHERMAP_KEY: Invalid API key ***."
    )
    assert len(weather.asked) == 1


@pytest.mark.parametrize("status", [301, 400, 404])
def test_what_no_repetition_mends_is_not_repeated(
    caller: Caller, weather: Weather, status: int
) -> None:
    weather.replies = [refused(status, cod=str(status), message="wrong latitude")]
    error = error_of(caller, weather)
    assert error.detail == f"openweathermap refused the request with {status}: wrong latitude"
    assert len(weather.asked) == 1


def test_a_refusal_that_is_no_document_is_shown_as_it_is(caller: Caller, weather: Weather) -> None:
    weather.replies = [Reply(400, b"Bad Request " + b"x" * 1000), Reply(400)]
    shown = error_of(caller, weather).detail
    assert "with 400: Bad Request xxx" in shown
    assert len(shown) < 400
    assert error_of(caller, weather).detail.endswith("no reason given")


def test_an_endless_answer_is_cut_off(
    caller: Caller, weather: Weather, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calls, "MOST_BYTES", 1000)
    assert error_of(caller, weather).detail == "127.0.0.1 sent more than 1000 bytes"


def test_no_log_and_no_error_tells_the_key(
    caller: Caller, weather: Weather, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    get(caller, weather)
    weather.replies = [Reply(stalls=True)] * 4
    errors: list[BaseException | None] = [error_of(caller, weather)]
    errors.append(error_of(caller, Weather(url="http://127.0.0.1:9")))
    assert "appid=***" in caplog.text
    while errors:
        error = errors.pop()
        if error is not None:
            assert KEY not in f"{error!r}"
            errors += [error.__cause__, error.__context__]
    assert KEY not in caplog.text
    assert KEY not in repr(caller.manners)
