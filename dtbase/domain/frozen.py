"""The base of every domain model."""

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value that never changes and refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    unversioned: ClassVar[frozenset[str]] = frozenset()
    """Fields that change without anyone changing the thing; its version leaves them out."""
