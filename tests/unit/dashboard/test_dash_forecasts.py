"""Forecasts: what the address says, and how good a model is in words."""

from datetime import timedelta

import pytest

from dash_app.forecasts import leaderboard, words
from dash_app.forecasts.figure import Belief, belief_figure, lead_figure
from dash_app.forecasts.form import models_of, options_of
from dash_app.forecasts.view import View, chosen_model, issued, place_of
from dash_app.theme import Theme
from dtbase.domain.forecasts.backtests import Backtest
from dtbase.domain.forecasts.champions import Champion, ChampionEvidence
from dtbase.domain.forecasts.drift import Drift, DriftEvidence
from dtbase.domain.forecasts.leaderboard import Contender, Leaderboard
from dtbase.domain.forecasts.runs import Model, Run, RunStatus
from dtbase.domain.forecasts.scores import Figures
from dtbase.domain.glance.outlook import Outlook
from dtbase.domain.registry.series import SeriesKey
from tests.scenes import NOW, WEEK, ZONE, hours, predictions_of, run_of, series_of, values_of

JFK = series_of("JFK/temperature")
NBSP = "\N{NO-BREAK SPACE}"


def figures(**given: object) -> Figures:
    blank = {
        "points": 480,
        "scored": 480,
        "mae": 1.7,
        "rmse": 2.0,
        "bias": 0.1,
        "mase": 0.7,
        "wql": 0.1,
        "skill": 0.27,
        "coverage": {"80": 86.0, "95": 97.0},
    }
    return Figures.model_validate({**blank, **given})


def champion(**evidence: object) -> Champion:
    given = {"runs": 20, "mase": 0.6, **evidence}
    return Champion(
        id=1,
        sensor="JFK",
        measure="temperature",
        model="pool",
        since=NOW,
        current=True,
        evidence=ChampionEvidence.model_validate(given),
    )


def outlook_of(*runs: Run, best: Champion | None = None) -> Outlook:
    board = Leaderboard(
        sensor="JFK",
        measure="temperature",
        unit="degC",
        start=NOW,
        end=NOW,
        leads=[],
        contenders=[],
    )
    return Outlook(leaderboard=board, champion=best, runs=runs, backtests=())


def run(number: int, model: str = "arima", status: RunStatus = RunStatus.SUCCEEDED) -> Run:
    made = run_of(JFK, status, number)
    at = NOW - timedelta(hours=100 - number) if status is RunStatus.SUCCEEDED else None
    return made.model_copy(update={"model": model, "issued_at": at})


@pytest.mark.parametrize(
    "search", ["", "?series=JFK/temperature", "?series=JFK/temperature&model=pool&run=7"]
)
def test_an_address_is_read_as_it_was_written(search: str) -> None:
    assert View.parse(search).search() == search


def test_what_an_address_cannot_mean_is_left_out() -> None:
    assert View.parse("?series=JFK&run=x&run=1e9&colour=red") == View()


def test_the_slider_goes_through_the_runs_of_one_model_that_went_well() -> None:
    outlook = outlook_of(run(5), run(4, "pool"), run(3, status=RunStatus.FAILED), run(2))
    assert [each.id for each in issued(outlook, View())] == [2, 5]
    assert [each.id for each in issued(outlook, View(model="pool"))] == [4]


def test_the_champion_is_shown_first_if_it_has_runs() -> None:
    assert chosen_model(outlook_of(run(5), run(4, "pool"), best=champion())) == "pool"
    assert chosen_model(outlook_of(run(5), best=champion())) == "arima"
    assert chosen_model(outlook_of()) == ""


def test_a_run_that_is_not_there_leads_to_the_last_one() -> None:
    runs = [run(1), run(2), run(3)]
    assert [place_of(runs, wanted) for wanted in (1, 9, None)] == [0, 2, 2]


@pytest.mark.parametrize(
    ("skill", "said"),
    [
        (0.27, "27 % better than the same hour before"),
        (-0.4, "40 % worse than the same hour before"),
        (0.001, "as good as the same hour before"),
        (None, "not yet compared"),
    ],
)
def test_skill_is_said_beside_the_same_hour_before(skill: float | None, said: str) -> None:
    assert words.skill_words(skill).replace(NBSP, " ") == said


@pytest.mark.parametrize(
    ("found", "scored", "said"),
    [
        (83.0, 480, "about as it should"),
        (86.0, 480, "a little too wide, so it is too careful"),
        (60.0, 480, "far too narrow, so it is too sure"),
        (60.0, 48, "too few to judge"),
        (100.0, 1, "of 1 value: too few to judge"),
    ],
)
def test_an_interval_is_held_against_what_it_promises(found: float, scored: int, said: str) -> None:
    told = words.calibration_words(figures(coverage={"80": found}, scored=scored))
    assert said in told
    assert f"of {scored} value" in told


def test_a_champion_says_why() -> None:
    beside = champion(before="arima", mase_before=0.8)
    assert "25 % below that of arima" in words.champion_words(beside).replace(NBSP, " ")
    assert "by 20 of its own" in words.champion_words(champion())


def test_a_usual_error_has_its_unit() -> None:
    assert words.usual_error(figures(), "degC").replace(NBSP, " ") == "Usually 1.7 °C off."
    assert "could be checked" in words.usual_error(figures(mae=None), "degC")


def test_what_is_said_by_few_values_says_so() -> None:
    one, few = (words.usual_error(figures(scored=scored), "degC") for scored in (1, 99))
    assert one.replace(NBSP, " ") == "Usually 1.7 °C off, by 1 value: too few to judge."
    assert few.endswith(", by 99 values: too few to judge.")
    assert [words.few_words(scored) for scored in (100, 5_000)] == ["", ""]


def contender(drift: Drift | None) -> Contender:
    total = figures()
    return Contender(
        rank=1,
        model="pool",
        scenario="default",
        champion=False,
        runs=5,
        total=total,
        leads=[],
        drift=drift,
    )


@pytest.mark.parametrize(
    ("scored", "drifting", "said"),
    [
        (100, False, "as promised"),
        (99, False, "too early to tell"),
        (99, True, "its errors have doubled"),
    ],
)
def test_a_promise_is_kept_once_enough_came(scored: int, drifting: bool, said: str) -> None:
    evidence = DriftEvidence(days=5, scored=scored, mase=0.9, backtest_mase=0.9)
    drift = Drift(
        drifting=drifting,
        reason="its errors have doubled" if drifting else None,
        since=None,
        checked_at=NOW,
        evidence=evidence,
    )
    assert words.drift_words(contender(drift)) == said


def report(mae: float | None) -> dict[str, object]:
    found = {
        "points": 720,
        "mae": mae,
        "rmse": 3.0,
        "mase": 0.9,
        "wql": 0.2,
        "skill": 0.25,
        "coverage": {"80": 79.6},
    }
    blocks = ((6.0, 24.0), (24.0, 48.0), (48.0, 60.0))
    leads = [
        {"after_hours": after, "until_hours": until, "figures": found} for after, until in blocks
    ]
    return {"origins": 30, "without": 0, "total": found, "leads": leads}


def backtest(model: str = "pool", mae: float | None = 2.34) -> Backtest:
    return Backtest.model_validate(
        {
            "id": 1,
            "service_run": None,
            "model": model,
            "scenario": "default",
            "target": {"sensor": "JFK", "measure": "temperature"},
            "start": NOW - timedelta(days=30),
            "end": NOW,
            "every_hours": 24,
            "horizon": 48,
            "parameters": {},
            "status": RunStatus.SUCCEEDED,
            "reason": None,
            "done": 30,
            "total": 30,
            "report": report(mae),
            "created_at": NOW,
            "started_at": NOW,
            "ended_at": NOW,
        }
    )


def test_a_backtest_says_how_far_off_a_model_was_by_how_far_it_looked_ahead() -> None:
    made = leaderboard.tried_card([backtest("arima"), backtest()], "pool", "degC")
    card = str(made).replace("\\xa0", " ")
    assert "How far off pool was" in card
    assert "30 forecasts over 30 days" in card
    for said in ("6 to 24 h", "1 to 2 days", "48 to 60 h", "2.3 °C", "80 %"):
        assert said in card
    assert leaderboard.tried_card([backtest("arima")], "pool", "degC") is None


def test_without_scores_a_backtest_takes_their_place() -> None:
    tried = leaderboard.tried_card([backtest()], "pool", "degC")
    figure = lead_figure([], "degC", Theme.LIGHT)
    assert leaderboard.models_cards(outlook_of(), figure, tried) == [tried]
    assert "Start backtest" in str(leaderboard.models_cards(outlook_of(), figure, None))


def test_a_belief_is_drawn_over_what_came_with_both_intervals() -> None:
    belief = Belief(
        measured=values_of(JFK, {"value": hours()}),
        run=run_of(JFK),
        predicted=predictions_of(JFK),
        start=WEEK.start,
        end=WEEK.end,
        zone=ZONE,
    )
    figure = belief_figure(belief, Theme.LIGHT)
    assert [trace.name for trace in figure.data] == [None] * 4 + ["Forecast", "Measured"]
    assert figure.layout.shapes[0].x0.startswith("2026-07-18T12")


def test_series_are_offered_by_whatever_describes_them() -> None:
    (offered,) = options_of([JFK])
    assert offered["label"] == "Temperature, JFK"
    assert "station" in str(offered["search"])
    assert SeriesKey.parse(str(offered["value"])) == JFK.key


def test_the_recommended_model_is_offered_first_and_called_so() -> None:
    offered = models_of([Model(name="arima"), Model(name="pool"), Model(name="weather")])
    assert [each["value"] for each in offered] == ["pool", "arima", "weather"]
    assert [each["label"] for each in offered] == ["pool, recommended", "arima", "weather"]


def test_models_are_offered_as_they_come_where_the_recommended_one_is_not_there() -> None:
    assert [each["value"] for each in models_of([Model(name="a"), Model(name="b")])] == ["a", "b"]
