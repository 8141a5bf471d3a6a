"""How long raw readings are kept; their hourly and daily aggregates stay for good."""

from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field

from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier
from dtbase.domain.numbers import A_NUMBER

DEFAULT_CLASS = "default"
"""The class of every measure that is in no other; it is always there."""

KeepDays = Annotated[int, Field(gt=0, le=100_000), A_NUMBER]


class Rules(Frozen):
    """What a class is to be: null keeps raw readings for good; measures given are moved to it."""

    keep_days: KeepDays | None
    measures: tuple[Identifier, ...] = ()


class RetentionClass(Frozen):
    """Measures whose raw readings are kept equally long; None keeps them for good."""

    name: Identifier
    keep_days: KeepDays | None = None


class Retention(RetentionClass):
    """A class as it stands: its measures, and before which day readings have been dropped."""

    unversioned: ClassVar[frozenset[str]] = frozenset({"raw_from"})

    measures: tuple[str, ...]
    raw_from: datetime | None
