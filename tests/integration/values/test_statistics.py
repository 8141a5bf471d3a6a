"""What readings amount to: exact, of the readings themselves."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from statistics import fmean, quantiles, stdev

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.client import Client
from dtbase.domain.registry.series import Value
from dtbase.errors import Invalid, NotFound
from dtbase.storage.readings import readings
from tests.factories import add_sensor, batch_of
from tests.wire import client_of

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
END = NOON + 100 * MINUTE


@pytest.fixture
def client(api: TestClient, session: Session) -> Client:
    add_sensor(session, "one")
    return client_of(api)


def store(
    session: Session, client: Client, measure: str, values: Sequence[Value], gap: int = 0
) -> None:
    """Store a reading a minute, with a gap in the middle."""
    half = len(values) // 2
    minutes = [*range(half), *range(half + gap, len(values) + gap)]
    times = [NOON + minute * MINUTE for minute in minutes]
    client.readings.push_values(f"one/{measure}", times, values)


def test_figures_are_those_of_the_readings(client: Client, session: Session) -> None:
    values = [float(place * 37 % 101) for place in range(100)]
    store(session, client, "temperature", values)
    (found,) = client.readings.statistics("one/temperature", NOON, END)
    assert found.count == 100
    assert found.mean == pytest.approx(fmean(values))
    assert found.deviation == pytest.approx(stdev(values))
    cuts = quantiles(values, n=20, method="inclusive")
    assert [found.p5, found.median, found.p95] == pytest.approx([cuts[0], cuts[9], cuts[18]])
    assert (found.min, found.max) == (min(values), max(values))
    assert found.max_at == NOON + values.index(max(values)) * MINUTE
    assert found.min_at == NOON + values.index(min(values)) * MINUTE
    assert (found.total, found.every, found.complete) == (None, 60, 1)


def test_an_earlier_range_as_long_is_summed_up_beside(client: Client, session: Session) -> None:
    values = [float(place * 37 % 101) for place in range(100)]
    store(session, client, "temperature", values)
    half = NOON + 50 * MINUTE
    (found,) = client.readings.statistics("one/temperature", half, END, NOON)
    assert found.mean == pytest.approx(fmean(values[50:]))
    assert found.earlier is not None
    assert found.earlier.mean == pytest.approx(fmean(values[:50]))
    assert (found.earlier.count, found.earlier.earlier) == (50, None)
    (alone,) = client.readings.statistics("one/temperature", half, END)
    assert alone.earlier is None


def test_completeness_counts_the_readings_that_should_be_there(
    client: Client, session: Session
) -> None:
    store(session, client, "temperature", [1.0] * 75, gap=25)
    (found,) = client.readings.statistics("one/temperature", NOON, END)
    assert found.complete == pytest.approx(0.75)
    wider = client.readings.statistics("one/temperature", NOON - 100 * MINUTE, END)
    assert wider[0].complete == pytest.approx(0.375)


def test_nothing_is_missed_of_the_time_to_come(client: Client, session: Session) -> None:
    now = datetime.now(UTC)
    times = [now - place * MINUTE for place in range(60)]
    client.readings.push_values("one/temperature", times, [1.0] * 60)
    start, end = now - 60 * MINUTE, now + 600 * MINUTE
    (found,) = client.readings.statistics("one/temperature", start, end)
    assert found.complete == pytest.approx(1)


def test_each_kind_of_measure_has_the_figures_that_make_sense(
    client: Client, session: Session
) -> None:
    store(session, client, "rain", [0.5] * 10)
    store(session, client, "energy", [10.0, 12.0, 1.0, 3.0])
    store(session, client, "direction", [350.0, 10.0])
    store(session, client, "open", [True, False, True, True])
    store(session, client, "state", ["on", "off", "on"])
    names = [f"one/{name}" for name in ("rain", "energy", "direction", "open", "state")]
    rain, energy, direction, opened, state = client.readings.statistics(names, NOON, END)
    assert rain.total == 5
    assert energy.total == pytest.approx(2 + 1 + 2)  # the counter began anew
    assert direction.mean == pytest.approx(0, abs=1e-6) or direction.mean == pytest.approx(360)
    assert (direction.min, direction.median, direction.total) == (None, None, None)
    assert opened.mean == 0.75
    assert (state.count, state.mean) == (3, None)


def test_a_range_without_readings_has_no_figures(client: Client) -> None:
    (found,) = client.readings.statistics("one/temperature", NOON, END)
    assert (found.count, found.mean, found.complete) == (0, None, None)


def test_where_readings_were_dropped_the_hours_tell_what_they_can(
    client: Client, session: Session
) -> None:
    hour = NOON.replace(minute=0)
    times = [hour + place * MINUTE for place in range(120)]
    (series,) = (add_sensor(session, "two")["temperature"],)
    readings.write(session, batch_of(series, times, [float(place) for place in range(120)]))
    drop = "INSERT INTO reading_horizon (series_id, raw_from) VALUES (:id, :raw_from)"
    session.execute(text(drop), {"id": series.id, "raw_from": hour + timedelta(hours=2)})
    (found,) = client.readings.statistics("two/temperature", hour, hour + timedelta(hours=2))
    assert (found.count, found.mean, found.min, found.max) == (120, 59.5, 0, 119)
    assert (found.median, found.deviation, found.complete) == (None, None, None)


def test_an_unknown_series_and_a_backward_range_are_refused(client: Client) -> None:
    with pytest.raises(NotFound, match="gone/temperature"):
        client.readings.statistics("gone/temperature", NOON, END)
    with pytest.raises(Invalid, match="later than start"):
        client.readings.statistics("one/temperature", END, NOON)
