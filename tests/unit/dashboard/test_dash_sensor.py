"""What a sensor's page makes of readings: how complete they are, and what is missing."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from dash_app import account
from dash_app.app import create_app
from dash_app.sensor import lines
from dash_app.sensor.cards import state_of, strip
from dash_app.sensor.facts import Coverage, Facts, Line, identifier_in
from dash_app.words import NBSP
from dtbase.domain.glance.overview import Concern
from dtbase.domain.glance.sensor_now import DAYS
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.domain.registry.sensors import Sensor
from dtbase.domain.registry.series import LatestReading, Series
from dtbase.settings import WebSettings
from tests.dashboards import NOWHERE, SECRET

LONDON = ZoneInfo("Europe/London")
FIRST = datetime(2026, 3, 1, tzinfo=LONDON)
TEMPERATURE = Series(
    sensor="a",
    sensor_name=None,
    sensor_type="box",
    location=None,
    measure="temperature",
    position=0,
    unit="degC",
    datatype=Datatype.FLOAT,
    statistic=Statistic.MEAN,
)


def counted(*counts: int) -> Coverage:
    """Return a coverage whose last days have these readings."""
    return Coverage(first=FIRST, counts=(*[0] * (DAYS - len(counts)), *counts))


def test_completeness_counts_from_the_first_day_up_to_yesterday() -> None:
    cover = counted(24, 24, 0, 12, 3)
    assert cover.usual == 24
    assert cover.complete == (1 + 1 + 0 + 0.5) / 4
    assert [day.date() for day in cover.missing] == [(FIRST + timedelta(days=DAYS - 3)).date()]


def test_nothing_measured_is_no_gap() -> None:
    cover = counted()
    assert (cover.complete, cover.missing, cover.usual) == (None, [], 0)
    assert len(strip(cover, LONDON).children) == DAYS


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({}, ("off", "No reading yet")),
        ({"lately": True}, ("ok", "2 h ago")),
        ({"lately": False}, ("off", "2 h ago")),
        ({"lately": True, "concern": Concern.SILENT}, ("bad", "Temperature silent, 2 h ago")),
        (
            {"lately": True, "concern": Concern.OUTSIDE},
            ("warn", "Temperature outside its forecast, 2 h ago"),
        ),
    ],
)
def test_a_sensor_is_as_its_gravest_series_is_and_not_green_when_it_fell_silent(
    given: dict[str, Any], told: tuple[str, str]
) -> None:
    now = FIRST.astimezone(UTC)
    latest = LatestReading(
        sensor="a", measure="temperature", time=now - timedelta(hours=2), value=1.0
    )
    line = Line(series=TEMPERATURE, latest=latest if given else None).model_copy(update=given)
    sensor = Sensor(identifier="a", type="box", created_at=now)
    facts = Facts(sensor=sensor, now=now, lines=(line,), stays=(), places={}, keys=(), changes=())
    dot, words = state_of(facts)
    assert (dot, words.replace(NBSP, " ")) == told


def test_lines_to_paste_are_python_and_carry_the_key() -> None:
    for datatype in Datatype:
        text = lines.python("http://twin", "dtb_1", "a", "b", datatype)
        compile(text, "line", "exec")
        assert "dtb_1" in text
        assert "Bearer dtb_1" in lines.curl("http://twin", "dtb_1", "a", "b", datatype)
        assert "Bearer dtb_1" in lines.sketch("http://twin", "dtb_1", "a", "b", datatype)


def test_an_address_names_a_sensor_or_none() -> None:
    assert identifier_in("?id=EWR&x=1") == "EWR"
    assert identifier_in(None) == ""


@pytest.mark.parametrize(
    ("public", "told"),
    [(None, "http://inner:8000"), ("https://twin.example/api/", "https://twin.example/api")],
)
def test_lines_for_sending_name_the_address_at_which_devices_reach_the_api(
    public: str | None, told: str
) -> None:
    given = {"api_url": "http://inner:8000", "redis_url": NOWHERE, "secret_key": SECRET}
    settings = WebSettings.model_validate({**given, "public_api_url": public})
    server = create_app(settings).server
    with server.app_context():
        assert account.api_url() == told
