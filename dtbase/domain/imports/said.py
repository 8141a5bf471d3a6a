"""What somebody says of a file, over what it looks like."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field

from dtbase.domain.frozen import Frozen
from dtbase.domain.imports.profiles import (
    Column,
    Columns,
    Duplicates,
    Encoding,
    Epoch,
    Forms,
    Line,
    Plan,
    Sign,
)
from dtbase.domain.names import Identifier
from dtbase.domain.services.schedules import ZoneName


class SaidTime(Frozen):
    """What is said of times; whatever is not given is guessed."""

    columns: Columns | None = None
    form: Forms | None = None
    epoch: Epoch | None = None
    timezone: ZoneName | None = None


class SaidProfile(Frozen):
    """Parts of a profile that somebody says; whatever is not given is guessed."""

    encoding: Encoding | None = None
    delimiter: Annotated[str, Field(pattern=r"^([^\x00\r\n\"0-9A-Za-z.]|spaces)$")] | None = None
    decimal: Annotated[str, Field(pattern=r"^[.,]$")] | None = None
    thousands: Sign | None = None
    names: Line | None = None
    units: Line | None = None
    first: Line | None = None
    sheet: Annotated[str, Field(max_length=200, pattern=r"^[^\x00]*$")] | None = None
    sensor: Identifier | None = None
    time: SaidTime | None = None
    columns: Mapping[Column, Plan] | None = Field(
        None, max_length=5_000, description="The columns that are read, and no others."
    )
    duplicates: Duplicates | None = None

    def parts(self) -> dict[str, Any]:
        """Return what is said, as it goes over a profile."""
        return self.model_dump(mode="json", exclude_unset=True)
