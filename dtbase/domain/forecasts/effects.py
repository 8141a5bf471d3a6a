"""What a scenario changes: the inputs that a model reads, or what comes of it."""

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    JsonValue,
    StringConstraints,
    ValidationError,
)

from dtbase.domain.forecasts.selections import DEFAULT_SCENARIO
from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier
from dtbase.domain.registry.series import SeriesKey
from dtbase.errors import DTBaseError, Invalid

CHANGE_RULE = "must be +2, -1.5, *1.1 or =20: what is done to each value"
CHANGE = re.compile(r"([+\-*=]) ?(-?[0-9]+(?:\.[0-9]+)?)")


def check_series(name: str) -> str:
    """Refuse what names no series."""
    try:
        return str(SeriesKey.parse(name))
    except DTBaseError as error:
        raise ValueError(error.detail) from error


def check_change(text: str) -> str:
    """Refuse what is no change."""
    if CHANGE.fullmatch(text) is None:
        raise ValueError(CHANGE_RULE)
    return text


SeriesName = Annotated[str, StringConstraints(max_length=201), AfterValidator(check_series)]
ChangeText = Annotated[str, StringConstraints(max_length=40), AfterValidator(check_change)]


class Change(Frozen):
    """What is done to each value: `value` is added, a factor, or put in its place."""

    how: str
    value: float

    @classmethod
    def parse(cls, text: str) -> "Change":
        """Read +2, -1.5, *1.1 or =20."""
        found = CHANGE.fullmatch(text)
        if found is None:
            raise Invalid(f"change {text!r} {CHANGE_RULE}", field="inputs")
        return cls(how=found[1], value=float(found[2]))

    def apply(self, value: float) -> float:
        changed = {
            "+": value + self.value,
            "-": value - self.value,
            "*": value * self.value,
            "=": self.value,
        }
        return changed[self.how]


class RegressorSource(Frozen):
    """A series that helps to predict; its future is what another model predicts of it.

    Without a model it is forecast first.
    """

    series: SeriesName
    model: Identifier | None = None
    scenario: Identifier = DEFAULT_SCENARIO

    @property
    def key(self) -> SeriesKey:
        return SeriesKey.parse(self.series)


def by_name(given: object) -> object:
    """Let a regressor be given by its bare name."""
    return {"series": given} if isinstance(given, str) else given


Source = Annotated[RegressorSource, BeforeValidator(by_name)]


class Effects(Frozen):
    """What the parameters of a scenario, or of a run, change beside the model's own options.

    `inputs` says what is done to the series that the model reads: to what is known of the one that
    is forecast, and to the future of those that help. `shift` is added to all that is predicted.
    """

    inputs: dict[SeriesName, ChangeText] = Field({}, max_length=50)
    regressors: tuple[Annotated[RegressorSource, BeforeValidator(by_name)], ...] = Field(
        (), max_length=20
    )
    shift: float = Field(0.0, allow_inf_nan=False)

    def change_of(self, key: SeriesKey) -> Change | None:
        text = self.inputs.get(str(key))
        return None if text is None else Change.parse(text)

    def check_inputs(self, target: SeriesKey) -> None:
        """Refuse to change what the model does not read."""
        read = [str(target), *(each.series for each in self.regressors)]
        for name in self.inputs:
            if name not in read:
                raise Invalid(
                    f"parameter inputs.{name}: this run does not read it; it reads "
                    f"{', '.join(read)}",
                    field="inputs",
                )


class Asked(Frozen):
    """What parameters ask for: effects, and the model's own options."""

    effects: Effects
    options: dict[str, JsonValue]


def asked_of(*parameters: Mapping[str, JsonValue]) -> Asked:
    """Read parameters, of which later ones win, or raise Invalid naming the one that is wrong."""
    merged: dict[str, JsonValue] = {}
    for each in parameters:
        merged |= each
    given = {name: value for name, value in merged.items() if name in Effects.model_fields}
    rest = {name: value for name, value in merged.items() if name not in given}
    try:
        return Asked(effects=Effects.model_validate(given), options=rest)
    except ValidationError as error:
        raise wrong(error) from error


def wrong(error: ValidationError) -> Invalid:
    """Say which parameter breaks which rule."""
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"] if part != "[key]")
    return Invalid(f"parameter {where}: {first['msg'].removeprefix('Value error, ')}")
