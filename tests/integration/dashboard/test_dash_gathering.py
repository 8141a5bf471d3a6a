"""The chart asks the API for what it draws, whatever the resolution."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dash_app.explore.gather import PredictionShelf, gather
from dash_app.explore.view import View
from dtbase.domain.registry.series import SeriesKey
from dtbase.storage.readings import readings
from tests.factories import add_sensor, batch_of
from tests.wire import client_of

NOW = datetime(2026, 1, 8, tzinfo=UTC)
KEYS = [SeriesKey(sensor="one", measure=measure) for measure in ("temperature", "rain")]


@pytest.mark.parametrize(("resolution", "used"), [("raw", "raw"), ("auto", "raw"), ("1d", "1d")])
def test_series_of_different_statistics_are_drawn_at_one_resolution(
    api: TestClient, session: Session, resolution: str, used: str
) -> None:
    found = add_sensor(session, "one")
    times = [NOW - timedelta(hours=hour) for hour in range(5, 1, -1)]
    for key in KEYS:
        readings.write(session, batch_of(found[key.measure], times, [1.0, 2.0, 3.0, 4.0]))
    view = View().with_series(KEYS).with_bucket(resolution)
    scene = gather(client_of(api), view, "Europe/London", PredictionShelf(), NOW)
    assert scene.bucket == used
    assert [line.values is not None for line in scene.lines] == [True, True]


def test_all_begins_with_the_first_reading(api: TestClient, session: Session) -> None:
    found = add_sensor(session, "one")
    first = datetime(2025, 10, 26, 5, 30, tzinfo=UTC)
    for key, time in zip(KEYS, (first, first + timedelta(days=40)), strict=True):
        times = [time + timedelta(hours=hour) for hour in range(4)]
        readings.write(session, batch_of(found[key.measure], times, [1.0, 2.0, 3.0, 4.0]))
    view = View().with_series(KEYS).with_range("all")
    scene = gather(client_of(api), view, "Europe/London", PredictionShelf(), NOW)
    assert scene.window.start == first.replace(minute=0)
