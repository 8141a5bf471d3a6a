"""Predictions are scored as readings come, by SQL that agrees with the pure functions."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.runs import Forecast, Interval, Model, NewRun
from dtbase.domain.forecasts.scores import LEADS
from dtbase.storage.forecasts import models, predictions, runs
from dtbase.storage.readings import readings
from dtbase.storage.registry.series import Resolved
from dtbase.storage.services import asking
from dtbase.storage.values import scoring
from jobs.forecasting import references
from jobs.forecasting.prepare import Floats
from jobs.forecasting.scores import Bounds, Scores
from jobs.forecasting.scores import score as score_of
from tests.factories import add_sensor, batch_of

ISSUED = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
LEVELS = (80.0, 95.0)


class Truth(NamedTuple):
    """What is read of a series: ascending times and values."""

    times: Sequence[datetime]
    values: Floats


@pytest.fixture
def twin(session: Session) -> dict[str, Resolved]:
    models.ensure(session, Model(name="oracle"))
    return add_sensor(session, "one")


def noise(seed: int, step: timedelta, days: float = 70, missing: float = 0.1) -> Truth:
    """Read a daily cycle from 60 days before the issue on, with gaps."""
    chance = np.random.default_rng(seed)
    count = int(days * DAY / step)
    kept = np.flatnonzero(chance.random(count) > missing)
    hours = kept * (step / HOUR)
    values = 10 + 5 * np.sin(2 * np.pi * hours / 24) + chance.normal(0, 1, len(kept))
    return Truth([ISSUED - 60 * DAY + int(place) * step for place in kept], values)


def push(session: Session, one: Resolved, truth: Truth) -> None:
    """Store readings, and the aggregates' refresh forgets what it has stored."""
    readings.write(session, batch_of(one, truth.times, truth.values.tolist()))
    session.execute(text("DELETE FROM reading_pending"))


def predict(
    session: Session,
    one: Resolved,
    count: int = 200,
    step: timedelta = HOUR,
    issued_at: datetime = ISSUED,
) -> tuple[int, Forecast]:
    """Store a run of one series."""
    chance = np.random.default_rng(count)
    values = 10 + chance.normal(0, 3, count)
    forecast = Forecast(
        issued_at=issued_at,
        times=[issued_at + (place + 1) * step for place in range(count)],
        values=values.tolist(),
        intervals=[
            Interval(
                level=level,
                lower=(values - level / 20).tolist(),
                upper=(values + level / 15).tolist(),
            )
            for level in LEVELS
        ],
    )
    run = asking.forecast(session, "oracle", NewRun(sensor=one.sensor, measure=one.measure))
    predictions.write(session, run.id, one.id, forecast)
    runs.finish(session, run.id, issued_at, {})
    return run.id, forecast


def score_all(session: Session) -> int:
    """Do what the service does, in the test's own transaction."""
    scoring.enrol(session, 100)
    scoring.mark(session, 1000)
    return scoring.score(session, 100)


def stored(session: Session, run: int) -> dict[int, Any]:
    rows = session.execute(
        text(
            "SELECT score.* FROM score JOIN run_output o ON o.id = output_id"
            " WHERE run_id = :run ORDER BY lead"
        ),
        {"run": run},
    )
    return {row.lead: row for row in rows}


def by_pure_functions(truth: Truth, forecast: Forecast, step: timedelta) -> dict[int, Scores]:
    """Score a forecast block by block with the pure functions."""
    times = np.array([time.timestamp() for time in truth.times])
    cadence, issued = step.total_seconds(), forecast.issued_at.timestamp()
    targets = np.array([time.timestamp() for time in forecast.times])
    known = times <= issued
    before = (times < issued) & (times >= issued - 60 * DAY.total_seconds())
    scale = references.scale_of(times[before], truth.values[before], cadence)
    actual = references.observed(times, truth.values, targets, cadence)
    naive = references.seasonal_naive(times[known], truth.values[known], targets, cadence)
    hours = (targets - issued) / 3600
    found = {}
    for place, lead in enumerate(LEADS):
        part = (hours <= lead.until) & (hours > lead.after)
        bounds = [
            Bounds(each.level, np.array(each.lower)[part], np.array(each.upper)[part])
            for each in forecast.intervals
        ]
        values = np.array(forecast.values)
        found[place] = score_of(actual[part], values[part], bounds, scale, naive[part])
    return found


def figures(row: Any) -> dict[str, float | None]:
    """Return what the stored sums say."""
    mae = row.abs_error / row.scored
    return {
        "points": row.scored,
        "mae": mae,
        "rmse": (row.squared_error / row.scored) ** 0.5,
        "mase": mae / row.scale,
        "pinball": row.pinball / row.scored,
        "wql": 2 * row.pinball / row.abs_truth,
        "skill": 1 - row.compared_error / row.naive_error,
    }


@pytest.mark.parametrize("step", [timedelta(minutes=30), HOUR, timedelta(hours=3)])
def test_sql_and_the_pure_functions_agree(
    session: Session, twin: dict[str, Resolved], step: timedelta
) -> None:
    truth = noise(1, step)
    push(session, twin["temperature"], truth)
    run, forecast = predict(session, twin["temperature"], int(9 * DAY / step), step)
    assert score_all(session) == 1
    found, expected = stored(session, run), by_pure_functions(truth, forecast, step)
    assert set(found) == {0, 1, 2, 3, 4}
    for lead, row in found.items():
        wanted = expected[lead]
        assert figures(row) == pytest.approx(
            wanted.model_dump(include=set(figures(row))), rel=1e-9
        ), lead
        shares = [100 * inside / row.scored for inside in row.inside]
        assert shares == pytest.approx([wanted.coverage["80"], wanted.coverage["95"]])
        assert row.points >= row.scored


def test_finer_readings_are_averaged_around_each_predicted_time(
    session: Session, twin: dict[str, Resolved]
) -> None:
    truth = noise(2, timedelta(minutes=10))
    push(session, twin["temperature"], truth)
    run, forecast = predict(session, twin["temperature"], 48)
    score_all(session)
    expected = by_pure_functions(truth, forecast, HOUR)
    for lead, row in stored(session, run).items():
        assert figures(row)["mae"] == pytest.approx(expected[lead].mae)
        assert figures(row)["skill"] == pytest.approx(expected[lead].skill)


def test_directions_are_scored_the_shorter_way_round(
    session: Session, twin: dict[str, Resolved]
) -> None:
    times = [ISSUED + place * HOUR for place in range(-50, 4)]
    push(session, twin["direction"], Truth(times, np.array([350.0] * 50 + [350, 10, 350, 10])))
    forecast = Forecast(
        issued_at=ISSUED,
        times=[ISSUED + HOUR, ISSUED + 2 * HOUR, ISSUED + 3 * HOUR],
        values=[350, 355, 180],
        intervals=[Interval(level=80, lower=[340, 350, 170], upper=[380, 358, 190])],
    )
    run = asking.forecast(session, "oracle", NewRun(sensor="one", measure="direction"))
    predictions.write(session, run.id, twin["direction"].id, forecast)
    runs.finish(session, run.id, ISSUED, {})
    score_all(session)
    row = stored(session, run.id)[0]
    assert row.abs_error == pytest.approx(20 + 5 + 170)
    assert row.naive_error == pytest.approx(20 + 0 + 20)
    assert row.inside == [2]


def test_totals_are_summed_and_probabilities_meet_what_happened(
    session: Session, twin: dict[str, Resolved]
) -> None:
    minutes = [ISSUED + HOUR + timedelta(minutes=minute) for minute in range(-30, 30, 10)]
    push(session, twin["rain"], Truth(minutes, np.array([1.0] * 6)))
    readings.write(session, batch_of(twin["open"], [ISSUED + HOUR], [True]))
    for measure, value in (("rain", 4.0), ("open", 0.75)):
        run = asking.forecast(session, "oracle", NewRun(sensor="one", measure=measure))
        forecast = Forecast(issued_at=ISSUED, times=[ISSUED + HOUR], values=[value])
        predictions.write(session, run.id, twin[measure].id, forecast)
        runs.finish(session, run.id, ISSUED, {})
        score_all(session)
        assert stored(session, run.id)[0].abs_error == (2.0 if measure == "rain" else 0.25)


def test_scores_follow_readings_that_come_late_change_or_go(
    session: Session, twin: dict[str, Resolved]
) -> None:
    one = twin["temperature"]
    truth = noise(3, HOUR, 60)
    push(session, one, truth)
    run, _ = predict(session, one, 24)
    other, _ = predict(session, one, 24, issued_at=ISSUED - 30 * DAY)
    assert score_all(session) == 2
    assert [row.scored for row in stored(session, run).values()] == [0, 0]
    assert score_all(session) == 0
    times = [ISSUED + place * HOUR for place in range(1, 13)]
    push(session, one, Truth(times, np.full(12, 10.0)))
    assert score_all(session) == 1
    assert [row.scored for row in stored(session, run).values()] == [6, 6]
    before = stored(session, run)
    assert score_all(session) == 0
    push(session, one, Truth(times[:1], np.array([99.0])))
    assert score_all(session) == 1
    after = stored(session, run)
    assert after[0].abs_error > before[0].abs_error + 80
    assert after[1].abs_error == pytest.approx(before[1].abs_error)
    session.execute(text("DELETE FROM reading WHERE time = :time"), {"time": times[0]})
    session.execute(text("DELETE FROM reading_pending"))
    score_all(session)
    assert stored(session, run)[0].scored == 5
    assert stored(session, other)[0].scored > 0


def test_a_run_that_is_written_anew_is_scored_anew(
    session: Session, twin: dict[str, Resolved]
) -> None:
    one = twin["temperature"]
    push(session, one, noise(4, HOUR))
    run, forecast = predict(session, one, 24)
    score_all(session)
    longer = forecast.model_copy(
        update={
            "times": [ISSUED + (place + 1) * HOUR for place in range(30)],
            "values": [1.0] * 30,
            "intervals": [],
        }
    )
    predictions.write(session, run, one.id, longer)
    assert score_all(session) == 1
    found = stored(session, run)
    assert [row.points for row in found.values()] == [6, 18, 6]
    assert found[0].inside == []


def test_what_cannot_be_scored_is_not_tried_again_and_again(
    session: Session, twin: dict[str, Resolved]
) -> None:
    run = asking.forecast(session, "oracle", NewRun(sensor="one", measure="temperature"))
    hindcast = Forecast(issued_at=ISSUED, times=[ISSUED - HOUR], values=[1])
    predictions.write(session, run.id, twin["temperature"].id, hindcast)
    runs.finish(session, run.id, ISSUED, {})
    assert scoring.enrol(session, 10) == 1
    assert scoring.enrol(session, 10) == 0
    assert scoring.score(session, 10) == 0


def test_a_run_tells_its_scores(
    api: TestClient, session: Session, twin: dict[str, Resolved]
) -> None:
    truth = noise(5, HOUR)
    push(session, twin["temperature"], truth)
    run, forecast = predict(session, twin["temperature"], 48)
    assert api.get(f"/v1/runs/{run}/scores").json()[0]["scored_at"] is None
    score_all(session)
    (one,) = api.get(f"/v1/runs/{run}/scores").json()
    expected = by_pure_functions(truth, forecast, HOUR)
    assert [lead["lead"] for lead in one["leads"]] == ["0-6h", "6-24h", "24-48h"]
    for place, lead in enumerate(one["leads"]):
        assert lead["mae"] == pytest.approx(expected[place].mae)
        assert lead["wql"] == pytest.approx(expected[place].wql)
        assert lead["coverage"] == pytest.approx(expected[place].coverage)
    assert one["total"]["points"] == 48
    assert api.get("/v1/runs/999999/scores").status_code == 404
    (rolled,) = api.get("/v1/scores").json()
    assert (rolled["total"], rolled["leads"]) == (one["total"], one["leads"])


def test_scores_are_rolled_up_by_what_is_asked(
    api: TestClient, session: Session, twin: dict[str, Resolved]
) -> None:
    for measure in ("rain", "temperature"):
        push(session, twin[measure], noise(5, HOUR))
        for place in range(3):
            predict(session, twin[measure], 48, issued_at=ISSUED - place * 20 * DAY)
    score_all(session)

    def listed(**wanted: Any) -> Any:
        answer = api.get("/v1/scores", params=wanted)
        assert answer.status_code == 200, answer.text
        return answer.json()

    assert [(row["measure"], row["month"], row["runs"]) for row in listed()] == [
        (measure, month, 1)
        for measure in ("rain", "temperature")
        for month in ("2026-01", "2026-02", "2026-03")
    ]
    (model,) = listed(by="model", lead="6-24h")
    assert (model["model"], model["measure"], model["runs"]) == ("oracle", "", 6)
    assert model["total"]["mae"] is None
    assert model["total"]["mase"] > 0
    assert [lead["lead"] for lead in model["leads"]] == ["6-24h"]
    (series,) = listed(by=["series", "scenario"], measure="rain", start=ISSUED - 21 * DAY)
    assert (series["model"], series["runs"]) == ("", 2)
    assert api.get("/v1/scores", params={"lead": "1h"}).status_code == 422


def test_scores_come_in_pages(api: TestClient, session: Session, twin: dict[str, Resolved]) -> None:
    for measure in ("people", "rain", "temperature"):
        predict(session, twin[measure], 24)
    score_all(session)
    first = api.get("/v1/scores", params={"limit": 2})
    following = first.links["next"]["url"]
    second = api.get(f"/v1/scores{following}")
    rows = [*first.json(), *second.json()]
    assert [row["measure"] for row in rows] == ["people", "rain", "temperature"]


def test_scores_go_with_their_runs_and_out_of_all_sums(
    api: TestClient, session: Session, twin: dict[str, Resolved]
) -> None:
    push(session, twin["temperature"], noise(6, HOUR))
    kept, _ = predict(session, twin["temperature"], 24)
    gone, _ = predict(session, twin["temperature"], 30)
    score_all(session)
    (before,) = api.get("/v1/scores").json()
    assert (before["runs"], before["total"]["points"]) == (2, 54)
    runs.delete(session, gone)
    (after,) = api.get("/v1/scores").json()
    (alone,) = api.get(f"/v1/runs/{kept}/scores").json()
    assert after["runs"] == 1
    assert after["total"] == alone["total"]
    runs.delete(session, kept)
    assert api.get("/v1/scores").json() == []
    assert session.scalar(text("SELECT count(*) FROM score")) == 0
