"""The weather service, run by a real worker: readings and a run appear by the API, once."""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
from pydantic import JsonValue

from api.app import create_app
from dtbase.client import Client
from dtbase.domain.forecasts.runs import Run, RunStatus
from dtbase.domain.registry.locations import Location
from dtbase.domain.registry.measures import Measure
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.services.service_runs import ServiceRun
from dtbase.errors import Invalid
from dtbase.local.places import CHECKOUT
from dtbase.settings import environment_with
from dtbase.storage.database import transaction
from tests.conftest import Servers
from tests.forks import running
from tests.live import serving
from tests.people import PASSWORD, add_user
from tests.providers import KEY, Asked, Document, Weather, refused, weather_server
from tests.twins import eventually, own_twin

HOUR = timedelta(hours=1)
PAGE = CHECKOUT / "docs" / "weather.md"
NEWARK = Location(
    identifier="newark",
    name="Newark",
    coordinates={"latitude": 40.6925, "longitude": -74.1687},
)


@pytest.fixture(scope="module")
def weather() -> Iterator[Weather]:
    with weather_server() as weather:
        weather.clock = partial(datetime.now, UTC)
        yield weather


@pytest.fixture(autouse=True)
def plain(weather: Weather) -> None:
    """Let the provider forget what another test has asked, and how that had it answer."""
    weather.asked, weather.replies = [], []
    weather.spoil, weather.warmer = lambda _: None, 0.0


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("weather") / "worker.log"


@pytest.fixture(scope="module")
def address(servers: Servers, weather: Weather, log: Path) -> Iterator[str]:
    """Run a worker and the API on a twin of their own, with the providers next door."""
    with own_twin(servers), pytest.MonkeyPatch.context() as patch:
        for name in ("OPEN_METEO_URL", "OPEN_METEO_ARCHIVE_URL", "OPENWEATHERMAP_URL"):
            patch.setenv(f"DTBASE_{name}", weather.url)
        patch.setenv("DTBASE_OPENWEATHERMAP_KEY", KEY)
        with transaction() as session:
            add_user(session, "api@example.org")
        with running("jobs.worker", log), serving(create_app()) as address:
            yield address


@pytest.fixture(scope="module")
def twin(address: str) -> Iterator[Client]:
    """Log in, when the worker has told what it can run."""
    with Client(address) as client:
        client.log_in("api@example.org", PASSWORD)
        client.locations.add(NEWARK)
        eventually(lambda: client.services.list(search="weather"))
        yield client


def run(twin: Client, **parameters: JsonValue) -> ServiceRun:
    """Run the service to its end."""
    return twin.service_runs.wait(twin.services.run("weather", parameters).id)


def log_of(twin: Client, ended: ServiceRun) -> str:
    return "\n".join(line.line for line in twin.service_runs.log(ended.id))


def asked_by(weather: Weather) -> list[Asked]:
    """Return what the provider was asked since the last time."""
    asked, weather.asked = weather.asked, []
    return asked


def newest_run(twin: Client, model: str, sensor: str) -> Run:
    return twin.runs.list(model=model, sensor=sensor)[0]


def test_the_service_publishes_its_parameters_for_a_form(twin: Client) -> None:
    properties = twin.services.get("weather").parameters_schema["properties"]
    assert isinstance(properties, dict)
    assert {"location", "latitude", "provider", "past_hours"} <= set(properties)


@pytest.mark.parametrize("parameters", [{}, {"latitude": 1}, {"location": "here", "past": 1}])
def test_parameters_that_are_none_are_refused_at_once(
    twin: Client, parameters: dict[str, JsonValue]
) -> None:
    with pytest.raises(Invalid):
        twin.services.run("weather", parameters)


def test_readings_and_a_run_appear_once(twin: Client, weather: Weather) -> None:
    first = run(twin, location="newark", past_hours=30, future_hours=24)
    assert (first.status, first.reason) == (RunStatus.SUCCEEDED, None)
    assert len(asked_by(weather)) == 1
    now = first.started_at or datetime.now(UTC)
    frame = twin.readings.frame(["weather/temperature"], start=now - 40 * HOUR, end=now)
    assert len(frame) == 30
    assert (frame["weather/temperature"] == 10 + pd.DatetimeIndex(frame.index).hour / 2).all()
    assert first.written.readings == 9 * 30
    sensor = twin.sensors.get("weather")
    assert (sensor.type, sensor.location) == ("Weather", "newark")

    second = run(twin, location="newark", past_hours=30, future_hours=24)
    (asked,) = asked_by(weather)
    hours = datetime.fromisoformat(asked.query["start_hour"]).replace(tzinfo=UTC)
    assert second.status is RunStatus.SUCCEEDED
    if (second.started_at or now).hour == now.hour:
        assert hours == now.replace(minute=0, second=0, microsecond=0) - 5 * HOUR
        assert (second.written.readings, second.written.runs) == (0, 0)
        assert len(twin.runs.list(model="open-meteo", sensor="weather")) == 1


def test_the_forecast_is_a_run_with_its_issue_time(twin: Client) -> None:
    run(twin, location="newark", sensor="ahead", past_hours=0, future_hours=24)
    made = newest_run(twin, "open-meteo", "ahead")
    assert made.status is RunStatus.SUCCEEDED
    assert made.target == SeriesKey(sensor="ahead", measure="temperature")
    assert made.issued_at is not None
    frame = twin.readings.frame(
        ["ahead/temperature", "ahead/precipitation"],
        start=made.issued_at,
        end=made.issued_at + 25 * HOUR,
        model="open-meteo",
    )
    assert frame["ahead/temperature"].count() == 24
    assert frame["ahead/precipitation"].count() == 23
    assert (frame.index > made.issued_at).all()


def test_a_forecast_that_says_something_new_is_another_run(twin: Client, weather: Weather) -> None:
    wanted: dict[str, JsonValue] = {"sensor": "news", "past_hours": 0, "future_hours": 24}
    run(twin, location="newark", **wanted)
    before = newest_run(twin, "open-meteo", "news")
    weather.warmer = 1.0
    ended = run(twin, location="newark", **wanted)
    assert (ended.written.readings, ended.written.runs) == (0, 1)
    assert newest_run(twin, "open-meteo", "news").id > before.id


def test_a_gap_is_asked_for_again(twin: Client, weather: Weather) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    start, end = now - 20 * HOUR, now - 18 * HOUR
    wanted: dict[str, JsonValue] = {"sensor": "gap", "past_hours": 30, "future_hours": 0}
    run(twin, location="newark", **wanted)
    twin.readings.delete("gap/temperature", start=start, end=end)
    asked_by(weather)
    ended = run(twin, location="newark", **wanted)
    (asked,) = asked_by(weather)
    assert asked.query["start_hour"] == f"{start:%Y-%m-%dT%H:%M}"
    assert ended.written.readings >= 2
    assert len(twin.readings.frame(["gap/temperature"], start=start, end=end)) == 2


def test_another_provider_forecasts_the_same_sensor(twin: Client, weather: Weather) -> None:
    place: dict[str, JsonValue] = {"latitude": 40.7, "longitude": -74.2, "sensor": "both"}
    run(twin, **place, past_hours=0)
    asked_by(weather)
    ended = run(twin, **place, provider="openweathermap", past_hours=0)
    assert (ended.status, ended.reason) == (RunStatus.SUCCEEDED, None)
    assert [asked.path for asked in asked_by(weather)] == ["/data/3.0/onecall"]
    for model in ("open-meteo", "openweathermap"):
        target = newest_run(twin, model, "both").target
        assert target == SeriesKey(sensor="both", measure="temperature")


def test_each_run_makes_no_more_calls_than_allowed_and_the_next_goes_on(
    twin: Client, weather: Weather
) -> None:
    wanted: dict[str, JsonValue] = {
        "location": "newark",
        "sensor": "other",
        "provider": "openweathermap",
        "past_hours": 6,
        "most_calls": 4,
    }
    run(twin, **wanted)
    assert len(asked_by(weather)) == 4
    run(twin, **wanted)
    assert 3 <= len(asked_by(weather)) <= 4
    now = datetime.now(UTC)
    frame = twin.readings.frame(["other/pressure"], start=now - 7 * HOUR, end=now)
    assert len(frame) >= 6


def test_an_hour_that_the_provider_does_not_have_blocks_no_older_one(
    twin: Client, weather: Weather
) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    lost = int((now - 2 * HOUR).timestamp())

    def forget(document: Document) -> None:
        if [point["dt"] for point in document.get("data", [])] == [lost]:
            document["data"] = []

    weather.spoil = forget
    wanted: dict[str, JsonValue] = {"provider": "openweathermap", "past_hours": 5}
    ended = run(twin, location="newark", sensor="third", **wanted)
    assert (ended.status, ended.reason) == (RunStatus.SUCCEEDED, None)
    said = "openweathermap has nothing for 1 hour of the past"
    assert said in (ended.message or "")
    assert said in log_of(twin, ended)
    frame = twin.readings.frame(["third/pressure"], start=now - 5 * HOUR, end=now + 2 * HOUR)
    hours = {time.to_pydatetime() for time in frame.index}
    assert hours >= {now - 3 * HOUR, now - HOUR}  # also if the next hour has begun meanwhile
    assert now - 2 * HOUR not in hours


@pytest.mark.parametrize("provider", ["openweathermap", "open-meteo"])
def test_a_provider_that_tells_only_nulls_ends_the_run_with_a_reason(
    twin: Client, weather: Weather, provider: str
) -> None:
    weather.spoil = empty
    wanted: dict[str, JsonValue] = {"provider": provider, "past_hours": 3, "future_hours": 0}
    asked = twin.services.run("weather", {"location": "newark", "sensor": provider, **wanted})
    eventually(lambda: "told nothing" in (twin.service_runs.get(asked.id).reason or ""))
    tried = twin.service_runs.get(asked.id)
    twin.service_runs.cancel(asked.id)  # it would be tried again
    assert tried.status is not RunStatus.SUCCEEDED
    assert tried.written.readings == 0


def empty(document: Document) -> None:
    """Replace every value by null, as a provider does that has an hour and not its weather."""
    for point in [*document.get("data", []), *document.get("hourly", {})]:
        if isinstance(point, dict):
            point.update({name: None for name in point if name not in ("dt", "weather", "rain")})
    columns = document.get("hourly", {})
    if isinstance(columns, dict):
        columns.update({name: [None] * len(columns["time"]) for name in columns if name != "time"})


def test_a_refused_key_ends_the_run_with_the_setting_named_and_the_key_hidden(
    twin: Client, weather: Weather, log: Path
) -> None:
    weather.replies = [refused(401, cod=401, message=f"Invalid API key {KEY}.")]
    ended = run(twin, location="newark", provider="openweathermap", past_hours=0)
    assert ended.status is RunStatus.FAILED
    assert ended.reason == (
        "openweathermap refuses the key in DTBASE_OPENWEATHERMAP_KEY: Invalid API key ***."
    )
    assert "openweathermap: hours of the past: 0, of the future: 47, calls: 1" in log_of(
        twin, ended
    )
    assert KEY not in log.read_text() + log_of(twin, ended) + ended.model_dump_json()


def test_a_limit_that_lasts_puts_the_run_off_until_it_ends(weather: Weather, twin: Client) -> None:
    weather.replies = [refused(429, "3600", cod=429, message="Blocked.")]
    asked = twin.services.run("weather", {"location": "newark", "past_hours": 0})
    eventually(lambda: twin.service_runs.get(asked.id).not_before is not None)
    waiting = twin.service_runs.get(asked.id)
    assert waiting.status is RunStatus.QUEUED
    assert waiting.not_before is not None
    assert waiting.not_before - datetime.now(UTC) > 0.9 * HOUR
    assert "open-meteo wants no more calls now" in (waiting.reason or "")
    assert twin.service_runs.cancel(asked.id).status is RunStatus.CANCELLED


def test_a_place_that_is_none_ends_the_run_with_the_reason(twin: Client, weather: Weather) -> None:
    ended = run(twin, location="nowhere")
    assert ended.status is RunStatus.FAILED
    assert ended.reason == "no location 'nowhere'"
    assert not asked_by(weather)


def test_a_sensor_that_measures_something_else_is_refused(twin: Client, weather: Weather) -> None:
    fahrenheit = Measure(name="temperature", unit="degF")
    twin.sensor_types.add(SensorType(name="porch", measures=(fahrenheit,)))
    twin.sensors.add(NewSensor(identifier="porch", type="porch"))
    ended = run(twin, location="newark", sensor="porch", measures=["dew_point"])
    assert "sensor 'porch' does not measure dew_point" in (ended.reason or "")
    ended = run(twin, location="newark", sensor="porch", measures=["temperature"])
    assert ended.reason == "porch/temperature is in degF, the weather in degC"
    assert not asked_by(weather)


def test_the_page_does_what_it_says(twin: Client, address: str, tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), flags=re.DOTALL)
    known = {
        "DTBASE_API_URL": address,
        "DTBASE_EMAIL": "api@example.org",
        "DTBASE_PASSWORD": PASSWORD,
    }
    done = subprocess.run(  # noqa: S603 - our own page
        [sys.executable, "-c", code],
        env=environment_with(known),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert f"readings={9 * 14 * 24}" in done.stdout
    assert [each.name for each in twin.schedules.list(service="weather")] == ["rival", "weather"]
    ended = twin.service_runs.wait(twin.schedules.run_now("rival").id)
    assert (ended.status, ended.written.runs) == (RunStatus.SUCCEEDED, 1)
