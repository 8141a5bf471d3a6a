"""The twin at a glance: last values, the day behind them, and what is unusual."""

from datetime import UTC, datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.domain.glance.overview import Concern, Overview, SeriesNow
from dtbase.domain.registry.series import Value
from dtbase.domain.values.queries import MOST_SERIES
from dtbase.storage.glance import overview
from dtbase.storage.readings import readings
from dtbase.storage.registry.series import Resolved
from tests.factories import add_sensor, batch_of
from tests.wire import client_of

NOW = datetime(2026, 1, 20, 12, 30, tzinfo=UTC)
LAST = datetime(2026, 1, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def sensor(session: Session) -> dict[str, Resolved]:
    return add_sensor(session, "one")


def push(
    session: Session,
    series: Resolved,
    values: list[Value],
    last: datetime = LAST,
    step: timedelta = HOUR,
) -> None:
    """Store values a step apart, the last one at a time."""
    times = [last - step * place for place in reversed(range(len(values)))]
    readings.write(session, batch_of(series, times, values))


def varied(count: int) -> list[Value]:
    return [20.0 + place % 7 for place in range(count)]


def seen(session: Session, measure: str = "temperature", now: datetime = NOW) -> SeriesNow:
    found: Overview = overview.find(session, now)
    return next(each for each in found.series if each.measure == measure)


def foretell(session: Session, series: Resolved, level: tuple[float, float]) -> None:
    """Store a forecast of an earlier hour that reaches past now, by hand."""
    session.execute(text("INSERT INTO model (name) VALUES ('oracle')"))
    session.execute(text("INSERT INTO scenario (model_id, name) SELECT id, 'default' FROM model"))
    session.execute(
        text(
            "INSERT INTO run (scenario_id, target_id, status, issued_at)"
            " SELECT id, :series, 'succeeded', :at FROM scenario"
        ),
        {"series": series.id, "at": LAST - 2 * HOUR},
    )
    session.execute(
        text(
            "INSERT INTO run_output"
            " (run_id, measure_id, series_id, levels, starts_at, ends_at, step)"
            " SELECT r.id, s.measure_id, s.id, '{80,95}', :start, :end, interval '1 hour'"
            " FROM run r JOIN series s ON s.id = r.target_id"
        ),
        {"start": LAST - HOUR, "end": LAST + 4 * HOUR},
    )
    session.execute(
        text(
            "INSERT INTO prediction (output_id, time, value, lower, upper)"
            " SELECT o.id, t, 20, ARRAY[19, CAST(:low AS float8)], ARRAY[21, CAST(:high AS float8)]"
            " FROM run_output o, generate_series(o.starts_at, o.ends_at, o.step) t"
        ),
        {"low": level[0], "high": level[1]},
    )


def test_a_series_shows_its_last_value_its_rhythm_and_its_day(
    session: Session, sensor: dict[str, Resolved]
) -> None:
    push(session, sensor["temperature"], varied(48))
    found = seen(session)
    assert (found.time, found.value, found.every) == (LAST, varied(48)[-1], 3600)
    assert found.due == LAST + 2.5 * HOUR
    assert found.day == tuple(varied(48)[-24:])
    assert found.concern is None


@pytest.mark.parametrize(("measure", "value"), [("people", 7), ("open", True), ("state", "on")])
def test_a_value_of_any_kind_is_shown_as_what_it_is(
    session: Session, sensor: dict[str, Resolved], measure: str, value: Value
) -> None:
    push(session, sensor[measure], [value])
    found = seen(session, measure)
    assert (found.value, type(found.value), found.concern) == (value, type(value), None)


def test_a_series_that_misses_its_own_rhythm_is_silent_since_its_last_reading(
    session: Session, sensor: dict[str, Resolved]
) -> None:
    push(session, sensor["temperature"], varied(24), last=LAST - 3 * HOUR)
    push(session, sensor["people"], [1, 2, 3, 4], last=LAST, step=timedelta(days=1))
    assert seen(session).concern is Concern.SILENT
    assert seen(session).since == LAST - 3 * HOUR
    assert seen(session, "people").concern is None


def test_a_state_that_tells_of_changes_alone_is_never_silent(
    session: Session, sensor: dict[str, Resolved]
) -> None:
    days = (9.0, 8.9, 5.0, 4.0, 3.98)
    times = [NOW - timedelta(days=day) for day in days]
    readings.write(session, batch_of(sensor["open"], times, [True, False, True, False, True]))
    assert seen(session, "open").concern is None
    assert seen(session, "open").due is None


def test_an_uneven_rhythm_gets_the_patience_of_its_longest_step(
    session: Session, sensor: dict[str, Resolved]
) -> None:
    hours = (10, 9, 8, 7, 2, 1)
    times = [LAST - place * HOUR for place in hours]
    readings.write(session, batch_of(sensor["temperature"], times, varied(len(hours))))
    assert seen(session).due == LAST - HOUR + 1.5 * 5 * HOUR


def test_what_comes_only_at_times_is_not_silent_while_its_sensor_reports(
    session: Session, sensor: dict[str, Resolved]
) -> None:
    windy = [*range(290, 310), *range(200, 215), 150, 149, 120, *range(8, 24)]
    gusts = [LAST - place * HOUR for place in windy]
    readings.write(session, batch_of(sensor["temperature"], gusts, varied(len(gusts))))
    push(session, sensor["people"], [*range(14 * 24)])
    assert seen(session).concern is None
    assert seen(session).due is None

    later = NOW + 12 * HOUR
    assert seen(session, "people", later).concern is Concern.SILENT
    assert seen(session, now=later).concern is Concern.SILENT


def test_what_often_pauses_for_hours_may_do_so_while_its_sensor_reports(
    session: Session, sensor: dict[str, Resolved]
) -> None:
    pauses = {*range(60, 63), *range(120, 123), *range(200, 203), *range(5)}
    hours = [place for place in range(14 * 24) if place not in pauses]
    times = [LAST - place * HOUR for place in hours]
    readings.write(session, batch_of(sensor["temperature"], times, varied(len(times))))
    push(session, sensor["people"], [*range(14 * 24)])
    assert seen(session).due == LAST - 5 * HOUR + 1.5 * 4 * HOUR
    assert seen(session).concern is None
    push(session, sensor["people"], [7], last=LAST + 2 * HOUR)
    assert seen(session, now=NOW + 2 * HOUR).concern is Concern.SILENT


def test_what_came_in_every_hour_until_it_ended_is_silent_though_its_sensor_reports(
    session: Session, sensor: dict[str, Resolved]
) -> None:
    push(session, sensor["people"], [*range(14 * 24)])
    push(session, sensor["temperature"], varied(24), last=LAST - timedelta(days=9))
    assert seen(session).concern is Concern.SILENT


def test_what_comes_once_a_day_has_a_rhythm(session: Session, sensor: dict[str, Resolved]) -> None:
    push(session, sensor["people"], [*range(14 * 24)])
    daily = timedelta(days=1)
    push(session, sensor["temperature"], varied(10), last=LAST - 3 * daily, step=daily)
    assert seen(session).concern is Concern.SILENT


def test_a_value_outside_what_was_foretold_for_it_is_told_with_the_interval(
    session: Session, sensor: dict[str, Resolved]
) -> None:
    push(session, sensor["temperature"], [*varied(24), 30.0])
    foretell(session, sensor["temperature"], (18.0, 22.0))
    found = seen(session)
    assert (found.concern, found.lower, found.upper) == (Concern.OUTSIDE, 18.0, 22.0)


def test_a_value_inside_is_quiet_and_the_hours_ahead_are_shown(
    session: Session, sensor: dict[str, Resolved]
) -> None:
    push(session, sensor["temperature"], [*varied(24), 21.9])
    foretell(session, sensor["temperature"], (18.0, 22.0))
    found = seen(session)
    assert found.concern is None
    assert found.ahead is not None
    assert found.ahead.start == LAST + HOUR
    assert found.ahead.values == (20.0,) * 4
    assert (found.ahead.lower, found.ahead.upper) == ((19.0,) * 4, (21.0,) * 4)
    assert overview.find(session, NOW).forecasting.series == 1


@pytest.mark.parametrize(("before", "stuck"), [(varied(24 * 10), True), ([5.0] * 240, False)])
def test_a_series_that_stands_still_is_stuck_unless_it_often_does(
    session: Session, sensor: dict[str, Resolved], before: list[Value], *, stuck: bool
) -> None:
    push(session, sensor["temperature"], [*before, *[5.0] * 14])
    found = seen(session)
    assert (found.concern is Concern.STUCK) is stuck
    assert found.since == (LAST - 13 * HOUR if stuck else None)


def test_a_counter_that_rests_is_not_stuck(session: Session, sensor: dict[str, Resolved]) -> None:
    push(session, sensor["energy"], [*varied(240), *[5.0] * 14])
    assert seen(session, "energy").concern is None


def test_what_is_older_than_two_weeks_is_not_looked_for(
    session: Session, sensor: dict[str, Resolved]
) -> None:
    push(session, sensor["temperature"], varied(24), last=LAST - timedelta(days=15))
    found = seen(session)
    assert (found.time, found.value, found.concern) == (None, None, None)


def test_more_series_than_one_request_may_name_are_seen_at_a_glance(session: Session) -> None:
    for place in range(MOST_SERIES // 2):
        last = add_sensor(session, f"many-{place}")["temperature"]
    push(session, last, varied(3))
    found = overview.find(session, NOW)
    assert len(found.series) > 2 * MOST_SERIES
    assert [each.value for each in found.series if each.value is not None] == varied(3)[-1:]


def test_places_work_and_the_readings_of_each_hour_are_there(
    session: Session, sensor: dict[str, Resolved]
) -> None:
    push(session, sensor["temperature"], varied(24))
    push(session, sensor["people"], [1] * 24)
    session.execute(text("INSERT INTO location (identifier, name) VALUES ('roof', 'Roof')"))
    session.execute(
        text("INSERT INTO service (name, kind, queue) VALUES ('weather', 'python', 'ingest')")
    )
    session.execute(
        text(
            "INSERT INTO service_run (service_id, asked_by, status, ended_at, reason)"
            " SELECT id, 'ann', 'failed', CAST(:at AS timestamptz), 'no answer' FROM service"
            " WHERE name = 'weather'"
        ),
        {"at": LAST},
    )
    found = overview.find(session, NOW)
    assert found.readings == (2,) * 24
    assert [place.name for place in found.places] == ["Roof"]
    assert [(each.service, each.reason) for each in found.work.failures] == [
        ("weather", "no answer")
    ]


def test_a_service_whose_next_run_went_well_is_no_failure(session: Session) -> None:
    session.execute(
        text("INSERT INTO service (name, kind, queue) VALUES ('weather', 'python', 'ingest')")
    )
    for status in ("failed", "succeeded"):
        session.execute(
            text(
                "INSERT INTO service_run (service_id, asked_by, status, ended_at)"
                " SELECT id, 'ann', :status, CAST(:at AS timestamptz) FROM service"
                " WHERE name = 'weather'"
            ),
            {"at": LAST, "status": status},
        )
    assert overview.find(session, NOW).work.failures == ()


def test_the_client_reads_the_overview(api: TestClient, sensor: dict[str, Resolved]) -> None:
    found = client_of(api).glance.overview()
    assert {each.sensor for each in found.series} == {"one"}
    assert len(found.readings) == 24
