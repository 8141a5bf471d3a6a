"""How long raw readings are kept; their hourly and daily aggregates stay for good."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier

DEFAULT_CLASS = "default"

KeepDays = Annotated[int, Field(gt=0, le=100_000)]


class RetentionClass(Frozen):
    """Measures whose raw readings are kept equally long; None keeps them for good."""

    name: Identifier
    keep_days: KeepDays | None = None


class Retention(RetentionClass):
    """A class as it stands: its measures, and before which day readings have been dropped."""

    measures: tuple[str, ...]
    raw_from: datetime | None
