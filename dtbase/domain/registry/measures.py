"""What can be measured, in which unit, and how its values add up over time."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from dtbase.domain.bounds.units import LONGEST, known_unit
from dtbase.domain.changes import Change
from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier
from dtbase.domain.paging import Page, SearchText
from dtbase.domain.registry.rules import OwnRules
from dtbase.domain.registry.stamps import Stamps
from dtbase.domain.registry.statistics import Options, Statistic, check_options

__all__ = [
    "Datatype",
    "Meant",
    "MeantByMeasure",
    "Measure",
    "MeasureChange",
    "MeasureKey",
    "MeasureQuery",
    "Options",
    "Statistic",
    "Unit",
    "check_meant",
]


class Datatype(StrEnum):
    """The kind of value a measure takes."""

    FLOAT = "float"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    STRING = "string"


Unit = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST), AfterValidator(known_unit)
]
"""A unit symbol that pint accepts, such as degC, percent, hPa or m/s."""


class Measure(Frozen):
    """A quantity with its unit, such as temperature in degrees Celsius."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "temperature", "unit": "degC"}]}
    )

    name: Identifier
    unit: Unit | None = None
    datatype: Datatype = Datatype.FLOAT
    statistic: Statistic = Statistic.MEAN
    options: Options | None = None
    stamps: Stamps | None = None
    rules: OwnRules = None

    @model_validator(mode="after")
    def check_statistic(self) -> Self:
        """Refuse a statistic that the datatype or unit cannot carry."""
        check_options(self.statistic, self.options)
        if self.statistic is Statistic.MEAN:
            return self
        if self.statistic is Statistic.LEVEL and self.datatype is Datatype.BOOLEAN:
            return self
        if self.statistic is Statistic.STATE:
            if self.datatype not in {Datatype.BOOLEAN, Datatype.STRING}:
                raise ValueError("statistic state needs a boolean or string datatype")
            return self
        if self.datatype not in {Datatype.FLOAT, Datatype.INTEGER}:
            raise ValueError(f"statistic {self.statistic} needs a float or integer datatype")
        if self.statistic is Statistic.CIRCULAR and self.unit not in {"deg", "degree", "degrees"}:
            raise ValueError("statistic circular needs the unit degree")
        return self

    def __str__(self) -> str:
        """Write the name with the unit, which together are unique."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name


class MeasureKey(Frozen):
    """Which measure is meant: without a unit the only one of that name; "" is no unit."""

    name: str
    unit: str | None = None

    def __str__(self) -> str:
        """Write the name with the unit, if it is given."""
        return f"{self.name} [{self.unit}]" if self.unit else self.name


class MeasureChange(Change):
    """What to change about a measure; its readings stay, and are judged again by new rules."""

    clearable: ClassVar[frozenset[str]] = frozenset({"unit", "options", "stamps", "rules"})
    example: ClassVar[dict[str, Any]] = {"name": "air_temperature"}

    name: Identifier | None = None
    unit: Unit | None = None
    datatype: Datatype | None = None
    statistic: Statistic | None = None
    options: Options | None = None
    stamps: Stamps | None = None
    rules: OwnRules = None


class MeasureQuery(Page):
    """Which measures to list."""

    unit: str | None = Field(None, max_length=100, pattern=r"^[^\x00]*$")
    datatype: Datatype | None = None
    statistic: Statistic | None = None
    search: SearchText | None = Field(None, description="A part of the name.")
    sort: Literal["name", "-name", "unit", "-unit"] = "name"


class Meant(Frozen):
    """What the numbers of a measure mean for the sensors of one type, or for one sensor."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"statistic": "level", "options": {"holds": "6h"}}]}
    )

    statistic: Statistic
    options: Options | None = None

    @property
    def said(self) -> dict[str, Any]:
        """Return what is stored of it."""
        return self.model_dump(mode="json", exclude_none=True)


MeantByMeasure = Annotated[
    dict[Identifier, Meant],
    Field(max_length=1_000, examples=[{"power": {"statistic": "level"}}]),
    AfterValidator(lambda meant: {name: meant[name] for name in sorted(meant)}),
]
"""By the name of a measure what its numbers mean here otherwise than there."""


def check_meant(meant: Mapping[str, Meant], measures: Iterable[Measure]) -> None:
    """Refuse a meaning of what is not measured, or that its datatype or unit cannot carry."""
    known = {measure.name: measure for measure in measures}
    strange = sorted(meant.keys() - known.keys())
    if strange:
        raise ValueError(f"statistics are given for {', '.join(strange)}, which is not measured")
    for name, each in meant.items():
        Measure.model_validate({**known[name].model_dump(), **each.model_dump()})
