"""Numbers as JSON has them, and as sums of them can be stored."""

from pydantic import BeforeValidator


def refuse_truth(value: object) -> object:
    """Refuse true and false, which Python would count as 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")  # noqa: TRY004 - pydantic's way
    return value


NO_TRUTH = BeforeValidator(refuse_truth)
"""Stands last among the rules of a number that somebody sends."""

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
