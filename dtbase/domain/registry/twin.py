"""The twin as a whole."""

from dtbase.domain.frozen import Frozen


class Twin(Frozen):
    """What every page says about the twin: its name, its zone and any notice."""

    name: str
    timezone: str
    notice: str | None = None
