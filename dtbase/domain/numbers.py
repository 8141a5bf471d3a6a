"""Numbers as JSON has them."""

from pydantic import BeforeValidator


def refuse_truth(value: object) -> object:
    """Refuse true and false, which Python would count as 1 and 0."""
    if isinstance(value, bool):
        raise ValueError("must be a number, not true or false")  # noqa: TRY004 - pydantic's way
    return value


NO_TRUTH = BeforeValidator(refuse_truth)
"""Stands last among the rules of a number that somebody sends."""
