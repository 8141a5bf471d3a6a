"""Runs that happened elsewhere: what any model in any language predicts."""

from itertools import pairwise
from typing import Annotated, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier, Parameters
from dtbase.domain.numbers import A_NUMBER, LARGEST, refuse_huge
from dtbase.domain.registry.installations import Instant
from dtbase.domain.registry.measures import Datatype
from dtbase.domain.registry.series import SeriesKey

MOST_POINTS = 100_000
LONGEST_TEXT = 10_000
VALUE_RULE = (
    f"must be a finite number up to {LARGEST:g} in size, true, false, or a text without NUL"
)
RULES = {
    Datatype.FLOAT: "must be numbers",
    Datatype.INTEGER: "must be numbers",
    Datatype.BOOLEAN: "must be true or false, or the probabilities of true",
    Datatype.STRING: "must be texts",
}
"""An integer measure may well be predicted to be 2.5 on average."""


def check_value(value: object) -> object:
    """Refuse what no prediction can be."""
    if isinstance(value, str):
        fits = len(value) <= LONGEST_TEXT and "\0" not in value
    else:
        fits = isinstance(value, int | float) and abs(value) <= LARGEST
    if not fits:
        raise ValueError(VALUE_RULE)
    return value


PredictedValue = Annotated[bool | float | str, BeforeValidator(check_value)]
Bound = Annotated[float, Field(allow_inf_nan=False), AfterValidator(refuse_huge)]


class NewInterval(Frozen):
    """Bounds between which a share of the truth should fall, in percent."""

    level: Annotated[float, Field(gt=0, lt=100), A_NUMBER]
    lower: list[Bound] = Field(max_length=MOST_POINTS)
    upper: list[Bound] = Field(max_length=MOST_POINTS)

    @model_validator(mode="after")
    def check_order(self) -> Self:
        """Refuse bounds of which there are not equally many, or that cross."""
        if len(self.lower) != len(self.upper):
            raise ValueError("lower and upper must have equally many values")
        if any(low > high for low, high in zip(self.lower, self.upper, strict=True)):
            raise ValueError("no lower bound may lie above its upper bound")
        return self


class NewOutput(Frozen):
    """What a run predicts of one measure: of a sensor's, or of one that belongs to none."""

    sensor: Identifier | None = None
    measure: Identifier
    unit: str | None = Field(None, max_length=100, pattern=r"^[^\x00]*$")
    times: list[Instant] = Field(min_length=1, max_length=MOST_POINTS)
    values: list[PredictedValue] = Field(max_length=MOST_POINTS)
    intervals: list[NewInterval] = Field([], max_length=20)

    @model_validator(mode="after")
    def check_columns(self) -> Self:
        """Refuse columns of different lengths, and times that do not rise."""
        if any(later <= earlier for earlier, later in pairwise(self.times)):
            raise ValueError("times must rise")
        lengths = [len(self.values), *(len(interval.lower) for interval in self.intervals)]
        if any(length != len(self.times) for length in lengths):
            raise ValueError("values and bounds must be as many as times")
        levels = [interval.level for interval in self.intervals]
        if len(set(levels)) < len(levels):
            raise ValueError("two intervals cannot have one level")
        return self

    def fits(self, datatype: Datatype) -> bool:
        """Tell whether the values can be those of a measure."""
        texts = sum(isinstance(value, str) for value in self.values)
        return texts == (len(self.values) if datatype is Datatype.STRING else 0)


class NewOutcome(Frozen):
    """A run that has happened, with all that it predicts."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "model": "arima",
                    "issued_at": "2026-01-31T12:00:00Z",
                    "outputs": [
                        {
                            "sensor": "EWR",
                            "measure": "temperature",
                            "times": ["2026-01-31T13:00:00Z", "2026-01-31T14:00:00Z"],
                            "values": [3.4, 3.9],
                            "intervals": [{"level": 80, "lower": [2.6, 2.8], "upper": [4.2, 5.0]}],
                        }
                    ],
                }
            ]
        }
    )

    model: Identifier
    scenario: Identifier = "default"
    target: SeriesKey | None = Field(None, description="The series that the run is about, if any.")
    issued_at: Instant | None = Field(None, description="When it was predicted; by default now.")
    parameters: Parameters = {}
    outputs: list[NewOutput] = Field(min_length=1, max_length=1_000)

    @model_validator(mode="after")
    def check_outputs(self) -> Self:
        """Refuse two outputs of one series."""
        named = [(output.sensor, output.measure, output.unit) for output in self.outputs]
        if len(set(named)) < len(named):
            raise ValueError("two outputs of one run cannot be of one series")
        return self
