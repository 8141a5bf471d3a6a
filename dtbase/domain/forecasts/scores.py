"""How good predictions were once it was known what came: by lead time, and rolled up."""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier
from dtbase.domain.paging import Page
from dtbase.domain.timeranges import AwareTime

LeadName = Literal["0-6h", "6-24h", "24-48h", "2-7d", "7-14d", "14d+"]


class Lead(Frozen):
    """A block of lead times: over `after` hours and up to `until` hours."""

    name: LeadName
    after: float
    until: float


LEADS = (
    Lead(name="0-6h", after=0, until=6),
    Lead(name="6-24h", after=6, until=24),
    Lead(name="24-48h", after=24, until=48),
    Lead(name="2-7d", after=48, until=168),
    Lead(name="7-14d", after=168, until=336),
    Lead(name="14d+", after=336, until=math.inf),
)
"""In the order in which they are stored; score_lead() in the database has the same edges."""


def place_of(name: str) -> int:
    """Return how a block of lead times is stored."""
    return next(place for place, lead in enumerate(LEADS) if lead.name == name)


class Figures(Frozen):
    """How predictions met the truth, over the points that are scored so far.

    `mae`, `rmse` and `bias` (mean of truth minus prediction) are in the measure's unit, and empty
    where several series are taken together. `mase` is the MAE relative to that of the seasonal
    naive in the 60 days before the issue; `wql` is twice the mean pinball loss over the value and
    all bounds, relative to the size of the truth; `skill` is the share of the seasonal naive's
    error, on the same points, that is avoided; `coverage` is the percentage of truths within each
    level's interval.
    """

    points: int
    scored: int
    mae: float | None
    rmse: float | None
    bias: float | None
    mase: float | None
    wql: float | None
    skill: float | None
    coverage: dict[str, float]


class LeadFigures(Figures):
    """The figures of one block of lead times."""

    lead: LeadName


class Inside(Frozen):
    """How many of some truths were within the interval of a level."""

    level: float
    scored: int
    inside: int


class Sums(Frozen):
    """What figures are computed from, for one block of lead times."""

    lead: int
    points: int
    scored: int
    error: float
    abs_error: float
    squared_error: float
    abs_truth: float
    pinball: float
    scaled: int
    scaled_error: float
    compared_error: float
    naive_error: float
    scaled_compared_error: float
    scaled_naive_error: float
    levels: tuple[Inside, ...] = ()


def figures_of(parts: Sequence[Sums], *, one_series: bool = True) -> Figures:
    """Return the figures over some sums; of several series only those without a unit."""

    def total(name: str) -> float:
        return float(sum(getattr(part, name) for part in parts))

    scored = total("scored")
    squared = ratio(total("squared_error"), scored)
    size = "" if one_series else "scaled_"
    error = ratio(total(f"{size}compared_error"), total(f"{size}naive_error"))
    return Figures(
        points=int(total("points")),
        scored=int(scored),
        mae=ratio(total("abs_error"), scored) if one_series else None,
        rmse=math.sqrt(squared) if one_series and squared is not None else None,
        bias=ratio(total("error"), scored) if one_series else None,
        mase=ratio(total("scaled_error"), total("scaled")),
        wql=ratio(2 * total("pinball"), total("abs_truth")) if one_series else None,
        skill=None if error is None else 1 - error,
        coverage=coverage_of(each for part in parts for each in part.levels),
    )


def coverage_of(counts: Iterable[Inside]) -> dict[str, float]:
    """Return the percentage of truths within the interval of each level."""
    scored: dict[float, int] = {}
    inside: dict[float, int] = {}
    for each in counts:
        scored[each.level] = scored.get(each.level, 0) + each.scored
        inside[each.level] = inside.get(each.level, 0) + each.inside
    return {f"{level:g}": 100 * inside[level] / scored[level] for level in sorted(scored)}


def ratio(value: float, scale: float) -> float | None:
    """Return a sum relative to another, if that is not zero."""
    return value / scale if scale else None


def by_lead(parts: Sequence[Sums], *, one_series: bool = True) -> list[LeadFigures]:
    """Return the figures of each block of lead times."""
    return [
        LeadFigures(
            lead=LEADS[part.lead].name,
            **figures_of([part], one_series=one_series).model_dump(),
        )
        for part in sorted(parts, key=lambda part: part.lead)
    ]


class OutputScores(Frozen):
    """How good one run was on one series, so far."""

    run: int
    sensor: str
    measure: str
    unit: str | None
    model: str
    scenario: str
    issued_at: datetime
    scored_at: datetime | None = Field(description="When it was last scored; null until then.")
    total: Figures
    leads: list[LeadFigures]


Dimension = Literal["model", "scenario", "series", "month"]
DIMENSIONS: tuple[Dimension, ...] = ("model", "scenario", "series", "month")
Month = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]


class ScoreFilter(Frozen):
    """Which scores to take together."""

    model: Identifier | None = None
    scenario: Identifier | None = None
    sensor: Identifier | None = None
    measure: Identifier | None = None
    month: Month | None = Field(None, description="The month of the issue in UTC: 2026-01.")
    start: AwareTime | None = Field(None, description="Issued at this time or later.")
    end: AwareTime | None = Field(None, description="Issued before this time.")
    lead: LeadName | None = Field(None, description="One block of lead times.")


class ScoreQuery(ScoreFilter, Page):
    """Which scores to list, and by what they are taken together."""

    by: list[Dimension] = Field(
        list(DIMENSIONS),
        max_length=len(DIMENSIONS),
        description="What a row is of; all else is taken together.",
    )
    sort: Literal["model", "-model"] = "model"


class RolledSums(Frozen):
    """The sums of some runs, for each block of lead times."""

    model: str
    scenario: str
    sensor: str
    measure: str
    month: str
    runs: int
    parts: tuple[Sums, ...]

    @property
    def one_series(self) -> bool:
        """Tell whether the runs are of one series, so that errors have a unit."""
        return bool(self.measure)


class RolledScores(Frozen):
    """How good some runs were; what is empty, such as the month, is taken together."""

    model: str
    scenario: str
    sensor: str
    measure: str
    month: str
    runs: int
    total: Figures
    leads: list[LeadFigures]


def rolled_scores(sums: RolledSums) -> RolledScores:
    """Return the figures of some runs."""
    named = sums.model_dump(exclude={"parts"})
    return RolledScores(
        **named,
        total=figures_of(sums.parts, one_series=sums.one_series),
        leads=by_lead(sums.parts, one_series=sums.one_series),
    )
