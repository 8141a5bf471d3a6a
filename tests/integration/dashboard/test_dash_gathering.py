"""The chart asks the API for what it draws, whatever the resolution."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dash_app.explore.gather import Place, gather, summaries
from dash_app.explore.view import View
from dtbase.domain.registry.series import SeriesKey
from dtbase.storage.readings import readings
from tests.factories import add_sensor, batch_of
from tests.wire import client_of

NOW = datetime(2026, 1, 8, tzinfo=UTC)
PLACE = Place("Europe/London", lambda: (), NOW)
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
    scene = gather(client_of(api), view, PLACE)
    assert scene.bucket == used
    assert [line.values is not None for line in scene.lines] == [True, True]


def test_all_begins_with_the_first_reading(api: TestClient, session: Session) -> None:
    found = add_sensor(session, "one")
    first = datetime(2025, 10, 26, 5, 30, tzinfo=UTC)
    for key, time in zip(KEYS, (first, first + timedelta(days=40)), strict=True):
        times = [time + timedelta(hours=hour) for hour in range(4)]
        readings.write(session, batch_of(found[key.measure], times, [1.0, 2.0, 3.0, 4.0]))
    view = View().with_series(KEYS).with_range("all")
    scene = gather(client_of(api), view, PLACE)
    assert scene.window.start == first.replace(minute=0)


def test_a_comparison_asks_for_the_same_hours_earlier(api: TestClient, session: Session) -> None:
    found = add_sensor(session, "one")
    times = [NOW - timedelta(hours=hour) for hour in range(20, 0, -1)]
    values = [float(place) for place in range(20)]
    readings.write(session, batch_of(found["temperature"], times, values))
    view = View.parse("?s=one/temperature&range=4h&cmp=previous&fc=off")
    scene = gather(client_of(api), view, PLACE)
    assert scene.shift == timedelta(hours=4)
    earlier = scene.lines[0].earlier
    assert earlier is not None
    shown = [v for v in earlier.values["value"] if v is not None]
    assert set(shown) & {12.0, 13.0, 14.0, 15.0} == {12.0, 13.0, 14.0, 15.0}


def test_a_redraw_with_a_comparison_and_forecasts_takes_two_calls(
    api: TestClient, session: Session
) -> None:
    found = add_sensor(session, "one")
    for key in KEYS:
        times = [NOW - timedelta(hours=hour) for hour in range(20, 0, -1)]
        readings.write(session, batch_of(found[key.measure], times, [1.0] * 20))
    client, asked = client_of(api), list[str]()
    sends = client._transport.send  # noqa: SLF001 - the door that every call goes through

    def send(method: str, path: str, **request: Any) -> Any:
        asked.append(path)
        return sends(method, path, **request)

    client._transport.send = send  # type: ignore[method-assign]  # noqa: SLF001
    view = View.parse("?s=one/temperature&s=one/rain&range=8h&cmp=previous")
    scene = gather(client, view, PLACE)
    assert scene.earlier is not None
    figures = summaries(client, KEYS, scene.window, scene.earlier)
    assert set(figures) == set(KEYS)
    assert all(each.earlier is not None and each.earlier.count for each in figures.values())
    assert asked == ["/v1/chart", "/v1/statistics"]


def test_what_cannot_be_shown_is_told_beside_the_rest(api: TestClient, session: Session) -> None:
    add_sensor(session, "one")
    view = View.parse("?s=one/temperature&s=gone/temperature&s=nonsense")
    scene = gather(client_of(api), view, PLACE)
    assert [line.name for line in scene.lines] == ["one/temperature"]
    assert {fault.name for fault in scene.faults} == {"gone/temperature", "nonsense"}
