"""Bodies that bring many things of one kind."""

from typing import Annotated, TypeVar, get_origin

from fastapi import Body

from dtbase.domain.blueprints.documents import Blueprint
from dtbase.domain.forecasts.outcomes import NewOutcome

T = TypeVar("T")

MOST = 1_000

Many = Annotated[list[T], Body(min_length=1, max_length=MOST)]
"""Many things, added all or none."""

MANY_INSIDE = (Blueprint, NewOutcome)
"""What brings many values although it is one thing."""


def brings_many(body: object) -> bool:
    """Tell whether a body of such a type may be large."""
    return get_origin(body) is list or body in MANY_INSIDE
