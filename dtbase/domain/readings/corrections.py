"""Corrections: what people change about readings that are stored, why, and its undoing."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier, Stripped
from dtbase.domain.numbers import A_NUMBER, refuse_huge
from dtbase.domain.paging import Page
from dtbase.domain.registry.rules import Number, span_of
from dtbase.domain.registry.series import Value
from dtbase.domain.timeranges import AwareTime

MOST_CORRECTED = 1_000_000
MOST_HOURS = 1_000
"""So many of the hours that change are named; all are counted."""

MOST_SHOWN = 10

SIGNED_SPAN = r"^-?[1-9][0-9]{0,6}[smhdw]$"
CONDITION = re.compile(r"\s*value\s*(<=|>=|<|>|=|!=)\s*([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s*")
CONDITION_RULE = "must be such as value < -100, with <, <=, >, >=, = or !="

SeriesName = Annotated[str, StringConstraints(max_length=201, pattern=r"^[^/\x00]+/[^/\x00]+$")]
Reason = Annotated[
    str,
    Stripped(min_length=3, max_length=1_000, pattern=r"^[^\x00]*$"),
]
Factor = Annotated[float, Field(allow_inf_nan=False), AfterValidator(refuse_huge), A_NUMBER]


class Kind(StrEnum):
    """What a correction does: take away, set, move in time, or multiply and add."""

    VOID = "void"
    CORRECT = "correct"
    SHIFT = "shift"
    RESCALE = "rescale"


class Condition(Frozen):
    """Which values are meant."""

    operator: Literal["<", "<=", ">", ">=", "=", "!="]
    number: float


def condition_of(text: str) -> Condition:
    """Read a condition such as value < -100, or raise ValueError."""
    found = CONDITION.fullmatch(text)
    try:
        return Condition(operator=found[1], number=float(found[2]))  # type: ignore[index]
    except (TypeError, ValueError) as error:
        raise ValueError(CONDITION_RULE) from error


def checked(text: str) -> str:
    condition_of(text)
    return text


Where = Annotated[str, StringConstraints(max_length=100), AfterValidator(checked)]

NEEDED = {Kind.CORRECT: "value", Kind.SHIFT: "by", Kind.RESCALE: "factor"}
ALLOWED = {"offset": Kind.RESCALE, "value": Kind.CORRECT, "by": Kind.SHIFT, "factor": Kind.RESCALE}


class NewCorrection(Frozen):
    """What is to be done to the readings of one series in [start, end), where a condition holds."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "series": "meter/energy",
                    "kind": "rescale",
                    "start": "2026-01-01T00:00:00Z",
                    "end": "2026-02-01T00:00:00Z",
                    "factor": 0.001,
                    "reason": "The new firmware sends Wh.",
                }
            ]
        }
    )

    series: SeriesName
    kind: Kind
    start: AwareTime
    end: AwareTime
    where: Where | None = Field(None, description="Such as `value < -100`; by default all.")
    value: Value | None = Field(None, description="Of `correct`: what the readings are.")
    by: Annotated[str, StringConstraints(pattern=SIGNED_SPAN)] | None = Field(
        None, description="Of `shift`: how much later they were, such as 1h or -90s."
    )
    factor: Factor | None = Field(None, description="Of `rescale`: value times this.")
    offset: Number | None = Field(None, description="Of `rescale`: and then plus this.")
    reason: Reason

    @model_validator(mode="after")
    def check_parts(self) -> Self:
        """Refuse a correction that says too little, or what belongs to another kind."""
        needed = NEEDED.get(self.kind)
        if needed is not None and getattr(self, needed) is None:
            raise ValueError(f"{self.kind} needs {needed}")
        for name, kind in ALLOWED.items():
            if getattr(self, name) is not None and kind is not self.kind:
                raise ValueError(f"{name} goes with {kind}")
        return self

    @property
    def condition(self) -> Condition | None:
        return None if self.where is None else condition_of(self.where)

    @property
    def shift(self) -> timedelta:
        """Return by how much later the readings were."""
        assert self.by is not None
        later = span_of(self.by.removeprefix("-"))
        return -later if self.by.startswith("-") else later


class PreviewedReading(Frozen):
    """A reading as it is, and as a correction would leave it; nothing where it is taken away."""

    time: datetime
    value: Value | None
    after_time: datetime | None
    after_value: Value | None


class Preview(Frozen):
    """What a correction would change: how many readings, and which hours."""

    readings: int
    hours: int
    first_hours: list[datetime] = Field(description=f"The first {MOST_HOURS:,} of them.")
    first_readings: list[PreviewedReading] = Field(description=f"The first {MOST_SHOWN}.")


class Correction(Frozen):
    """A correction that was made: what, by whom, why, and whether it was undone."""

    id: int
    series: str
    kind: Kind
    start: datetime
    end: datetime
    asked: dict[str, Any]
    reason: str
    readings: int
    made_by: str
    made_at: datetime
    undone_by: str | None
    undone_at: datetime | None


class CorrectionQuery(Page):
    """Which corrections to list."""

    series: SeriesName | None = None
    sensor: Identifier | None = None
    measure: Identifier | None = None
    sort: Literal["id", "-id"] = "-id"


class CorrectedReading(Frozen):
    """A reading as it was before a correction, as it is after it, and as it was first sent.

    Nothing stands after where it was taken away. `live` tells that no later one has changed it.
    """

    time: datetime
    value: Value | None
    after_time: datetime | None
    after_value: Value | None
    sent_time: datetime
    sent_value: Value | None
    live: bool


class CorrectedQuery(Page):
    """Which readings of a correction to list."""

    sort: Literal["time", "-time"] = "time"
