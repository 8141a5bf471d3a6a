"""How good predictions were, who does best, and trying models on the past."""

from collections.abc import Sequence
from datetime import datetime
from time import monotonic, sleep
from urllib.parse import quote

from dtbase.client.transport import Transport
from dtbase.domain.forecasts.backtests import Backtest, NewBacktest
from dtbase.domain.forecasts.champions import Champion
from dtbase.domain.forecasts.comparison import Comparison
from dtbase.domain.forecasts.drift import SeriesDrift
from dtbase.domain.forecasts.leaderboard import Leaderboard
from dtbase.domain.forecasts.scores import (
    DIMENSIONS,
    Dimension,
    LeadName,
    OutputScores,
    RolledScores,
    ScoreFilter,
)
from dtbase.domain.paging import MOST
from dtbase.domain.registry.series import SeriesKey
from dtbase.errors import Unavailable

EVERYTHING = ScoreFilter()


class Scores:
    """How good predictions were once it was known what came."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def of_run(self, run_id: int) -> Sequence[OutputScores]:
        """Return how good one run was so far, on each series that it predicts."""
        return self._transport.list_of(f"/v1/runs/{run_id}/scores", OutputScores)

    def list(
        self, wanted: ScoreFilter = EVERYTHING, by: Sequence[Dimension] = DIMENSIONS
    ) -> Sequence[RolledScores]:
        """Return the scores that fit, taken together by model, scenario, series or month."""
        asked = wanted.model_dump(mode="json", exclude_none=True)
        params = {**asked, "by": [*by], "limit": MOST}
        return self._transport.list_of("/v1/scores", RolledScores, params)

    def leaderboard(
        self,
        series: str,
        start: datetime | None = None,
        end: datetime | None = None,
        lead: LeadName | None = None,
    ) -> Leaderboard:
        """Return the models of a series, the best first; by default of the last 30 days."""
        params = {"series": series, "start": start, "end": end, "lead": lead}
        return self._transport.get("/v1/leaderboard", Leaderboard, params)

    def drift(self, *, drifting: bool | None = True) -> Sequence[SeriesDrift]:
        """Return which models have drifted on which series, or how all of them stand."""
        params = {"drifting": drifting, "limit": MOST}
        return self._transport.list_of("/v1/drift", SeriesDrift, params)

    def champions(
        self, series: str | None = None, *, current: bool | None = None
    ) -> Sequence[Champion]:
        """Return which models were promoted, newest first, with the evidence."""
        key = None if series is None else SeriesKey.parse(series)
        named = {"sensor": key and key.sensor, "measure": key and key.measure, "current": current}
        return self._transport.list_of("/v1/champions", Champion, named)

    def compare(
        self,
        series: str,
        *,
        runs: Sequence[int] = (),
        models: Sequence[str] = (),
        scenarios: Sequence[str] = (),
        as_of: datetime | None = None,
    ) -> Comparison:
        """Return runs, or the newest of models and scenarios, side by side; the first leads."""
        sides = {"run": [*runs], "model": [*models], "scenario": [*scenarios]}
        params = {"series": series, "as_of": as_of, **sides}
        return self._transport.get("/v1/comparison", Comparison, params)


class Backtests:
    """Models tried on past windows."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def start(self, model: str, new: NewBacktest) -> Backtest:
        """Queue forecasts of one series over a past window."""
        path = f"/v1/models/{quote(model, safe='')}/backtests"
        return self._transport.post(path, Backtest, new.model_dump(mode="json"))

    def get(self, backtest_id: int) -> Backtest:
        """Return how far a backtest is, and what it found."""
        return self._transport.get(f"/v1/backtests/{backtest_id}", Backtest)

    def list(
        self, *, model: str | None = None, sensor: str | None = None, measure: str | None = None
    ) -> Sequence[Backtest]:
        """Return the backtests that fit, newest first."""
        params = {"model": model, "sensor": sensor, "measure": measure}
        return self._transport.list_of("/v1/backtests", Backtest, params)

    def wait(self, backtest_id: int, within: float = 600, pause: float = 1) -> Backtest:
        """Return a backtest once it has ended, or raise Unavailable after so many seconds."""
        deadline = monotonic() + within
        while not (found := self.get(backtest_id)).status.ended:
            if monotonic() > deadline:
                raise Unavailable(f"backtest {backtest_id} is {found.status} after {within:g} s")
            sleep(pause)
        return found
