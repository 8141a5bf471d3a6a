"""The twin as a whole."""

from typing import Annotated

from pydantic import AfterValidator, ConfigDict, StringConstraints

from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Title
from dtbase.domain.timeranges import zone
from dtbase.errors import Invalid


def check_zone(name: str) -> str:
    """Refuse what is no time zone."""
    try:
        zone(name)
    except Invalid as error:
        raise ValueError(error.detail) from error
    return name


ZoneName = Annotated[str, StringConstraints(max_length=100), AfterValidator(check_zone)]


class Twin(Frozen):
    """What every page says about the twin: its name, its zone and any notice."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "The farm", "timezone": "Europe/London"}]}
    )

    name: Title
    timezone: ZoneName
    notice: Title | None = None
