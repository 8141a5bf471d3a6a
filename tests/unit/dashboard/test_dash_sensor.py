"""What a sensor's page makes of readings: how complete they are, and what is missing."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dash_app import account
from dash_app.app import create_app
from dash_app.sensor import lines
from dash_app.sensor.cards import strip
from dash_app.sensor.facts import Coverage, identifier_in
from dtbase.domain.glance.sensor_now import DAYS
from dtbase.domain.registry.measures import Datatype
from dtbase.settings import WebSettings
from tests.dashboards import NOWHERE, SECRET

LONDON = ZoneInfo("Europe/London")
FIRST = datetime(2026, 3, 1, tzinfo=LONDON)


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
