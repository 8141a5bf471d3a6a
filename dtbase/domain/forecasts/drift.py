"""Whether a model still does on a series what its backtest promised."""

from datetime import datetime
from typing import Literal

from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier
from dtbase.domain.paging import Page


class LevelEvidence(Frozen):
    """What live intervals of one level held, in percent, and what chance alone would allow."""

    level: float
    coverage: float
    least: float
    most: float


class DriftEvidence(Frozen):
    """The last days of live runs beside their backtests."""

    days: int
    """Days with an issue: overlapping forecasts of one day count once."""
    scored: int
    mase: float | None
    backtest_mase: float | None
    levels: tuple[LevelEvidence, ...] = ()


class Drift(Frozen):
    """How a scenario of a model stands on a series; a reason says why it has drifted."""

    drifting: bool
    reason: str | None
    since: datetime | None
    checked_at: datetime
    evidence: DriftEvidence


class SeriesDrift(Drift):
    """How a scenario of a model stands on a series, by their names."""

    model: str
    scenario: str
    sensor: str
    measure: str


class DriftQuery(Page):
    """Which models on which series to list."""

    model: Identifier | None = None
    scenario: Identifier | None = None
    sensor: Identifier | None = None
    measure: Identifier | None = None
    drifting: bool | None = None
    sort: Literal["model", "-model"] = "model"


class ScenarioOnSeries(Frozen):
    """A scenario of a model on a series, as they are stored."""

    scenario_id: int
    series_id: int


class Recent(ScenarioOnSeries):
    """The sums of the last days of live runs of a scenario on a series."""

    days: int
    scored: int
    mase: float | None
    backtest_mase: float | None
    levels: tuple[float, ...] = ()
    coverage: tuple[float, ...] = ()


class Judged(ScenarioOnSeries):
    """What was found of a scenario on a series."""

    evidence: DriftEvidence
    reason: str | None
