"""Bodies that bring many things of one kind."""

from typing import Annotated, TypeVar

from fastapi import Body

T = TypeVar("T")

MOST = 1_000

Many = Annotated[list[T], Body(min_length=1, max_length=MOST)]
"""Many things, added all or none."""
