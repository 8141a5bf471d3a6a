"""Numbers as JSON has them, and as sums of them can be stored."""

from typing import Annotated

from pydantic import BeforeValidator


def refuse_others(value: object) -> object:
    """Refuse true and false, which Python would count as 1 and 0, and texts of digits."""
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")  # noqa: TRY004 - pydantic's way
    if isinstance(value, str):
        raise ValueError("must be a number, not a text")  # noqa: TRY004 - pydantic's way
    return value


A_NUMBER = BeforeValidator(refuse_others)
"""Stands last among the rules of a number that somebody sends."""

Count = Annotated[int, A_NUMBER]
"""How many of something somebody tells."""

LARGEST = 1e150
SMALLEST = 1e-150
"""Sizes that can be summed and squared: PostgreSQL fails rather than answer 0 or infinity."""

SIZE_RULE = f"must be 0 or between {SMALLEST:g} and {LARGEST:g} in size"


def without_dust(value: float) -> float:
    """Return a number; 0 for one that is too small to be squared."""
    return 0.0 if abs(value) < SMALLEST else value


def refuse_huge(value: float) -> float:
    """Refuse a number that is too large to be summed."""
    if abs(value) > LARGEST:
        raise ValueError(f"must be at most {LARGEST:g} in size")
    return value
