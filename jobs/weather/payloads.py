"""Reading what providers answer, and saying plainly when it is not what they promised."""

from typing import Annotated, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, Field, Strict, ValidationError

from dtbase.domain.bounds.units import known_unit, unit_registry
from dtbase.errors import Invalid, Unavailable, Violation
from jobs.weather.measures import BOUNDS, Element

Number = Annotated[float, Strict(), Field(allow_inf_nan=False)]
Values = NDArray[np.float64]
Seconds = Annotated[int, Strict(), Field(ge=-(10**10), le=10**10)]
"""Seconds since 1970."""

Payload = TypeVar("Payload", bound=BaseModel)
MOST_IMPOSSIBLE = 0.5
FEW_IMPOSSIBLE = 2
DECIMALS = 6
"""What a conversion leaves beyond these is binary noise, which would look like a new value."""


def read(provider: str, model: type[Payload], body: bytes) -> Payload:
    """Read an answer; raise Unavailable for no JSON, Invalid for JSON of another form."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False)
        if faults[0]["type"] == "json_invalid":
            shown = body[:80].decode(errors="replace")
            raise Unavailable(f"{provider} answered no JSON but {shown!r}") from error
        found = [
            Violation(
                field=".".join(map(str, fault["loc"])),
                rule=fault["msg"],
                value=repr(fault["input"])[:100],
            )
            for fault in faults[:100]
        ]
        raise Invalid(changed(provider, found[0], len(faults)), violations=found) from error


def changed(provider: str, first: Violation, count: int) -> str:
    """Say which field broke which rule."""
    others = f", and {count - 1} more" if count > 1 else ""
    return (
        f"{provider} answered in another form than it documents: "
        f"{first['field']}: {first['rule']}, not {first.get('value')}{others}"
    )


def convert(
    provider: str, element: Element, values: list[float | None], unit: str
) -> NDArray[np.float64]:
    """Return values in our unit, NaN for null; raise Invalid where most cannot be weather."""
    bounds = BOUNDS[element]
    from pint import DimensionalityError  # who describes services need not know units

    given = np.array([np.nan if value is None else value for value in values])
    try:
        quantity = unit_registry().Quantity(given, known_unit(unit)).to(bounds.unit)
    except (ValueError, OverflowError, DimensionalityError) as error:
        raise Invalid(
            f"{provider} gives {element} in {unit!r}, which cannot become {bounds.unit}"
        ) from error
    ours: NDArray[np.float64] = np.round(quantity.magnitude, DECIMALS)
    refuse_strange_unit(provider, element, ours)
    return ours


def impossible(element: Element, values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Tell which values no weather ever was; a gap is not among them."""
    bounds = BOUNDS[element]
    return np.asarray((values < bounds.lowest) | (values > bounds.highest))


def refuse_strange_unit(provider: str, element: Element, values: NDArray[np.float64]) -> None:
    """Raise Invalid where most is no weather: most likely the provider changed its unit."""
    wrong = values[impossible(element, values)]
    told = np.count_nonzero(~np.isnan(values))
    if len(wrong) > MOST_IMPOSSIBLE * told and len(wrong) > FEW_IMPOSSIBLE:
        bounds = BOUNDS[element]
        rule = f"must lie between {bounds.lowest:g} and {bounds.highest:g} {bounds.unit}"
        raise Invalid(
            f"{provider}: {element} {rule}, not {wrong[0]:g}; {len(wrong)} of {len(values)} do not",
            violations=[Violation(field=element, rule=rule, value=f"{wrong[0]:g}")],
        )
