"""What changed: versions that differ whenever there is something new to see."""

from pydantic import Field

from dtbase.domain.frozen import Frozen


class Changes(Frozen):
    """A version for each kind of news; one that is the same as before means nothing new."""

    readings: str = Field(description="Differs once readings were stored, changed or deleted.")
    runs: str = Field(description="Differs once a run or backtest began, got on or ended.")
    registry: str = Field(description="Differs once anybody changed anything else.")
