"""Models ranked on one series, over the same period and lead times."""

from pydantic import AwareDatetime, Field

from dtbase.domain.forecasts.drift import Drift
from dtbase.domain.forecasts.scores import Figures, LeadFigures, LeadName
from dtbase.domain.frozen import Frozen
from dtbase.domain.registry.measures import Unit
from dtbase.domain.timeranges import AwareTime


class LeaderboardQuery(Frozen):
    """Which series, and which runs of it to look at."""

    series: str = Field(max_length=201, pattern=r"^[^\x00]*$", description="sensor/measure")
    start: AwareTime | None = Field(
        None, description="Issued at this time or later; by default 30 days before the end."
    )
    end: AwareTime | None = Field(None, description="Issued before this time; by default now.")
    lead: LeadName | None = Field(
        None, description="One block of lead times; by default those that all models have."
    )


class Contender(Frozen):
    """A scenario of a model, and how good it was on the lead times that count."""

    rank: int
    model: str
    scenario: str
    champion: bool
    runs: int
    total: Figures
    leads: list[LeadFigures]
    drift: Drift | None


class Leaderboard(Frozen):
    """Who predicted a series best, by MASE; those without one come last."""

    sensor: str
    measure: str
    unit: Unit | None
    start: AwareDatetime
    end: AwareDatetime
    leads: list[LeadName]
    contenders: list[Contender]
