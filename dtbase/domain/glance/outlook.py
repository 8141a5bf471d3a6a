"""All that is known of how one series is forecast."""

from pydantic import Field

from dtbase.domain.forecasts.backtests import Backtest
from dtbase.domain.forecasts.champions import Champion
from dtbase.domain.forecasts.leaderboard import Leaderboard
from dtbase.domain.forecasts.runs import Run
from dtbase.domain.frozen import Frozen


class OutlookQuery(Frozen):
    """Which series, and how many of its runs."""

    series: str = Field(max_length=201, pattern=r"^[^\x00]*$", description="sensor/measure")
    runs: int = Field(200, ge=1, le=1_000, description="The most runs, the newest first.")


class Outlook(Frozen):
    """The models of a series, the best one and why, their runs and what they were tried on."""

    leaderboard: Leaderboard
    champion: Champion | None = Field(None, description="The last one that was promoted, and why.")
    runs: tuple[Run, ...] = Field(description="The newest first, whatever became of them.")
    backtests: tuple[Backtest, ...] = Field(description="The last few, the newest first.")
