"""Models are ranked on a series; drift and promotions follow from scores, with their evidence."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.runs import Forecast, Interval, Model, NewRun
from dtbase.storage.forecasts import champions, drift, models, predictions, runs
from dtbase.storage.readings import readings
from dtbase.storage.registry.series import Resolved
from dtbase.storage.services import asking
from dtbase.storage.values import scoring
from jobs.scoring import rules
from tests.factories import add_sensor, batch_of
from tests.wire import client_of

ISSUED = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - timedelta(days=16)
HOUR = timedelta(hours=1)
DAYS = 24


@pytest.fixture
def one(session: Session) -> Resolved:
    """Read a series of which two models know something."""
    for name in ("close", "far"):
        models.ensure(session, Model(name=name))
    found = add_sensor(session, "one")["temperature"]
    times = [ISSUED + place * HOUR for place in range(-24 * 20, 24 * 16)]
    readings.write(session, batch_of(found, times, truth(times).tolist()))
    return found


def truth(times: list[datetime]) -> np.ndarray:
    """Return a daily cycle whose days differ."""
    hours = np.array([(time - ISSUED) / HOUR for time in times])
    return 10 + 5 * np.sin(hours * np.pi / 12) + np.sin(hours / 7)


def predict(session: Session, one: Resolved, model: str, error: float, days: int = 14) -> None:
    """Store a run for each six hours, off by an error."""
    for place in range(days * 4):
        issued_at = ISSUED + place * 6 * HOUR
        times = [issued_at + lead * HOUR for lead in range(1, 25)]
        values = truth(times) + error
        forecast = Forecast(
            issued_at=issued_at,
            times=times,
            values=values.tolist(),
            intervals=[
                Interval(level=80, lower=(values - 1).tolist(), upper=(values + 1).tolist())
            ],
        )
        run = asking.forecast(session, model, NewRun(sensor="one", measure="temperature"))
        predictions.write(session, run.id, one.id, forecast)
        runs.finish(session, run.id, issued_at, {"backtest": {"mase": 0.2}})


def follow(session: Session) -> None:
    """Score, and do what follows, in the test's own transaction."""
    scoring.enrol(session, 1000)
    scoring.score(session, 1000)
    since = ISSUED - timedelta(days=1)
    drift.store(session, [rules.judge(each) for each in drift.recent(session, since)])
    found = rules.promotions(champions.matches(session, since, rules.FEWEST_RUNS))
    champions.promote(session, found)


def test_models_are_ranked_and_the_best_is_champion_until_a_better_one_comes(
    api: TestClient, session: Session, one: Resolved
) -> None:
    predict(session, one, "far", 3)
    follow(session)
    follow(session)
    predict(session, one, "close", 0.1, days=4)
    follow(session)
    assert [each["model"] for each in api.get("/v1/champions").json()] == ["far"]
    predict(session, one, "close", 0.1)
    follow(session)
    new, old = api.get("/v1/champions", params={"sensor": "one"}).json()
    assert (new["model"], new["current"], old["model"], old["current"]) == (
        "close",
        True,
        "far",
        False,
    )
    assert new["evidence"]["before"] == "far"
    assert new["evidence"]["runs"] == 14 * 4
    assert new["evidence"]["mase"] < 0.1 < new["evidence"]["mase_before"]
    (current,) = api.get("/v1/champions", params={"current": True, "model": "close"}).json()
    assert current == new
    client = client_of(api)
    assert [each.model for each in client.scores.champions("one/temperature")] == ["close", "far"]
    assert client.scores.leaderboard("one/temperature").contenders[0].champion
    assert [row.runs for row in client.scores.list(by=["model"])] == [56 + 16, 56]
    board = api.get("/v1/leaderboard", params={"series": "one/temperature"}).json()
    assert board["leads"] == ["0-6h", "6-24h"]
    ranked = [(each["rank"], each["model"], each["champion"]) for each in board["contenders"]]
    assert ranked == [(1, "close", True), (2, "far", False)]
    assert board["contenders"][0]["total"]["mae"] == pytest.approx(0.1)


def test_drift_is_noted_with_its_evidence_and_ends_when_the_model_is_good_again(
    api: TestClient, session: Session, one: Resolved
) -> None:
    predict(session, one, "far", 3)
    follow(session)

    def state() -> dict[str, object]:
        board = api.get("/v1/leaderboard", params={"series": "one/temperature"}).json()
        found: dict[str, object] = board["contenders"][0]["drift"]
        return found

    first = state()
    assert first["drifting"] is True
    assert "times the backtest's 0.20" in str(first["reason"])
    follow(session)
    again = state()
    assert again["since"] == first["since"]
    assert again["checked_at"] != first["checked_at"]
    (told,) = client_of(api).scores.drift()
    assert (told.model, told.scenario, told.sensor, told.measure) == (
        "far",
        "default",
        "one",
        "temperature",
    )
    assert told.reason == again["reason"]
    fine = rules.judge(
        drift.recent(session, ISSUED)[0].model_copy(update={"mase": 0.1, "coverage": (80.0,)})
    )
    drift.store(session, [fine])
    assert (state()["drifting"], state()["since"]) == (False, None)
    assert client_of(api).scores.drift() == []
    (told,) = client_of(api).scores.drift(drifting=None)
    assert told.reason is None


def test_models_are_ranked_on_the_leads_that_all_of_them_have(
    api: TestClient, session: Session, one: Resolved
) -> None:
    predict(session, one, "far", 3, days=2)
    run = asking.forecast(session, "close", NewRun(sensor="one", measure="temperature"))
    short = Forecast(issued_at=ISSUED, times=[ISSUED + HOUR], values=[10])
    predictions.write(session, run.id, one.id, short)
    runs.finish(session, run.id, ISSUED, {})
    follow(session)
    board = api.get("/v1/leaderboard", params={"series": "one/temperature"}).json()
    assert board["leads"] == ["0-6h"]
    assert {each["model"]: each["total"]["points"] for each in board["contenders"]} == {
        "close": 1,
        "far": 8 * 6,
    }


def test_a_board_of_what_nobody_predicts_is_empty(api: TestClient, one: Resolved) -> None:
    asked = {"series": "one/rain"}
    assert api.get("/v1/leaderboard", params=asked).json()["contenders"] == []
    assert api.get("/v1/leaderboard", params={"series": "one/nothing"}).status_code == 404
    assert api.get("/v1/leaderboard", params={"series": "nothing"}).status_code == 422
