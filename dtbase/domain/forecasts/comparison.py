"""Predictions of several runs or scenarios side by side, on the times that they share."""

from datetime import datetime

from pydantic import Field

from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier
from dtbase.domain.registry.measures import Unit
from dtbase.domain.timeranges import AwareTime

MOST_SIDES = 20


class ComparisonQuery(Frozen):
    """What to compare: runs by number, or the newest runs of scenarios of models."""

    series: str = Field(
        max_length=201,
        pattern=r"^[^\x00]*$",
        description="sensor/measure; of what belongs to no sensor the bare measure",
    )
    run: list[int] = Field([], max_length=MOST_SIDES, description="Runs, once for each.")
    model: list[Identifier] = Field(
        [], max_length=MOST_SIDES, description="Instead of runs: models, once for each."
    )
    scenario: list[Identifier] = Field(
        [],
        max_length=MOST_SIDES,
        description="Of these models: scenarios, once for each; by default the one of that name.",
    )
    as_of: AwareTime | None = Field(None, description="As was known at this time.")
    start: AwareTime | None = None
    end: AwareTime | None = None


class Side(Frozen):
    """What one run predicts, and by how much it differs from the first side."""

    run: int | None
    model: str | None
    scenario: str | None
    issued_at: datetime | None
    values: list[float]
    difference: list[float]
    mean_difference: float | None


class Comparison(Frozen):
    """Several predictions of one series; directions differ by the shorter way round."""

    sensor: str
    measure: str
    unit: Unit | None
    times: list[datetime]
    sides: list[Side]
