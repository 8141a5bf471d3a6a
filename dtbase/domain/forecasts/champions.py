"""Which model is best for a series, found by a rule and recorded with its evidence."""

from datetime import datetime
from typing import Literal

from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier
from dtbase.domain.paging import Page


class ChampionEvidence(Frozen):
    """Why a model was promoted: the runs that both issued in the same hour, and their MASE.

    Without a model before it, it is the best of those with enough runs of their own.
    """

    runs: int
    mase: float
    before: str | None = None
    mase_before: float | None = None


class Champion(Frozen):
    """A model that was found best for a series, from a time on."""

    id: int
    sensor: str
    measure: str
    model: str
    since: datetime
    current: bool
    evidence: ChampionEvidence


class ChampionQuery(Page):
    """Which champions to list."""

    sensor: Identifier | None = None
    measure: Identifier | None = None
    model: Identifier | None = None
    current: bool | None = None
    sort: Literal["id", "-id"] = "-id"


class Match(Frozen):
    """A model beside the champion of a series, on their common runs; alone where there is none."""

    series_id: int
    scenario_id: int
    model: str
    runs: int
    mase: float
    before: str | None
    mase_before: float | None


class Promotion(Frozen):
    """A model that becomes the champion of a series."""

    series_id: int
    scenario_id: int
    evidence: ChampionEvidence
