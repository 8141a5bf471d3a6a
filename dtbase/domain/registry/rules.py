"""Rules of a measure: what its readings must keep to, to be believed.

What breaks `fail`, `placeholders`, `earliest` or `ahead` is set aside; what breaks another rule is
suspect: it stays in, and is marked. What ends a silence is told of, and good.
"""

import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic.config import JsonDict

from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier, Stripped
from dtbase.domain.numbers import A_NUMBER, refuse_huge
from dtbase.domain.timeranges import AwareTime

SPAN_PATTERN = r"^[1-9][0-9]{0,4}[smhdw]$"
SPAN = re.compile(SPAN_PATTERN)
SPAN_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
LONGEST_SPAN = timedelta(days=3_660)
EXAMPLE: JsonDict = {
    "fail": {"minimum": -40, "maximum": 60},
    "suspect": {"minimum": -20, "maximum": 45},
    "placeholders": [-9999, 85, "unavailable"],
    "fastest": {"change": 5, "per": "1h"},
    "flat": {"lasts": "12h"},
    "ahead": "1d",
}


def span_of(text: str) -> timedelta:
    """Return how long a text such as 90s or 12h is."""
    return timedelta(**{SPAN_UNITS[text[-1]]: int(text[:-1])})


def bounded(text: str) -> str:
    if span_of(text) > LONGEST_SPAN:
        raise ValueError("must be at most ten years")
    return text


def switched_off(value: object) -> object:
    """Take the `off` of YAML, which is false there, for the word."""
    return "off" if value is False else value


Span = Annotated[str, StringConstraints(pattern=SPAN_PATTERN), AfterValidator(bounded)]
"""How long: a number and s, m, h, d or w, such as 12h."""

Number = Annotated[float, Field(allow_inf_nan=False), AfterValidator(refuse_huge), A_NUMBER]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False), AfterValidator(refuse_huge), A_NUMBER]
NotNegative = Annotated[
    float, Field(ge=0, allow_inf_nan=False), AfterValidator(refuse_huge), A_NUMBER
]
Word = Annotated[
    str,
    Stripped(to_lower=True, max_length=100, pattern=r"^[^\x00]*$"),
]
OFF = BeforeValidator(switched_off)
Off = Literal["off"]


class Range(Frozen):
    """The values between two bounds, which belong to it."""

    minimum: Number | None = None
    maximum: Number | None = None

    @model_validator(mode="after")
    def check_bounds(self) -> Self:
        """Refuse a range without bounds, or with nothing between them."""
        if self.minimum is None and self.maximum is None:
            raise ValueError("needs a minimum or a maximum")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError("minimum must not be above maximum")
        return self


class Fastest(Frozen):
    """How fast values change at most, from one reading to the next."""

    change: Positive
    per: Span = "1h"


class Flat(Frozen):
    """How long a value stays the same at most, within a tolerance."""

    lasts: Span
    tolerance: NotNegative = 0


class Spike(Frozen):
    """How far a value lies from the middle of its two neighbours at most."""

    above: Positive


class Gap(Frozen):
    """How long a silence lasts that is noted with the reading that ends it."""

    lasts: Span


Month = Annotated[int, Field(ge=1, le=12), A_NUMBER]


class Season(Range):
    """What values are usual in some months of the year, by UTC."""

    months: Annotated[tuple[Month, ...], Field(min_length=1, max_length=12)]


class MeasureRules(Frozen):
    """What readings must keep to; what is absent holds as it does by default, `off` is no rule.

    `fail` and `suspect` are ranges; `placeholders` values that stand for nothing, numbers or words;
    `earliest` and `ahead` bound the times of readings, the latter counted from now. `spike`,
    `climatology` and `gap` need what comes after too: a service looks at them within a minute.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    fail: Annotated[Range | Off | None, OFF] = None
    suspect: Annotated[Range | Off | None, OFF] = None
    placeholders: Annotated[
        Annotated[tuple[Number | Word, ...], Field(max_length=100)] | Off | None, OFF
    ] = None
    fastest: Annotated[Fastest | Off | None, OFF] = None
    flat: Annotated[Flat | Off | None, OFF] = None
    spike: Annotated[Spike | Off | None, OFF] = None
    climatology: Annotated[
        Annotated[tuple[Season, ...], Field(max_length=12)] | Off | None, OFF
    ] = None
    gap: Annotated[Gap | Off | None, OFF] = None
    earliest: Annotated[AwareTime | Off | None, OFF] = None
    ahead: Annotated[Span | Off | None, OFF] = None

    @property
    def said(self) -> dict[str, Any]:
        """Return what is not absent, as JSON holds it."""
        return self.model_dump(mode="json", exclude_none=True)


def none_if_empty(rules: MeasureRules | None) -> MeasureRules | None:
    """Take rules that say nothing for none."""
    return rules if rules is not None and rules.said else None


OwnRules = Annotated[MeasureRules | None, AfterValidator(none_if_empty)]
"""Rules of one thing, or none."""


def without_empty(rules: Mapping[str, MeasureRules]) -> dict[str, MeasureRules]:
    """Leave out the measures of which nothing is said, and put the others in order."""
    return {name: rules[name] for name in sorted(rules) if rules[name].said}


RulesByMeasure = Annotated[
    dict[Identifier, MeasureRules],
    Field(max_length=1_000, examples=[{"temperature": EXAMPLE}]),
    AfterValidator(without_empty),
]
"""By the name of a measure what is said of it here otherwise than there."""


def check_measured(rules: Mapping[str, MeasureRules], measures: set[str]) -> None:
    """Refuse rules for what is not measured."""
    strange = sorted(rules.keys() - measures)
    if strange:
        raise ValueError(f"rules are given for {', '.join(strange)}, which is not measured")
