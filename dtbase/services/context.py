"""What a run is given: a way to tell how far it is, and the twin to read from."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from dtbase.domain.registry.locations import Location
from dtbase.domain.registry.sensors import Sensor
from dtbase.domain.registry.series import Series
from dtbase.domain.registry.twin import Twin

if TYPE_CHECKING:
    import pandas as pd  # which takes a second and 40 MB, and not every service needs it


class Cancelled(Exception):
    """Somebody has cancelled the run; let it pass."""


class Context(Protocol):
    """The run under way. Reading sees what is stored; writing is done by yielding."""

    @property
    def run_id(self) -> int:
        """Return the number of the run."""

    @property
    def now(self) -> datetime:
        """Return when the run began; a retry begins anew."""

    def progress(self, done: int, total: int | None = None, message: str | None = None) -> None:
        """Tell how far the run is; raise Cancelled if nobody wants it any more."""

    def log(self, line: str) -> None:
        """Write a line to the run's log."""

    def check(self) -> None:
        """Raise Cancelled if nobody wants the run any more; call it in long loops."""

    def frame(
        self,
        series: Sequence[str],
        start: datetime | None = None,
        end: datetime | None = None,
        bucket: str = "raw",
    ) -> "pd.DataFrame":
        """Return readings in [start, end): times in UTC as index, sensor/measure as columns.

        The last seven days unless said otherwise; the mean of each bucket such as 1h or 1d.
        """

    def series(self) -> Sequence[Series]:
        """Return every series, with its unit and where it is measured."""

    def sensors(self) -> Sequence[Sensor]:
        """Return every sensor."""

    def locations(self) -> Sequence[Location]:
        """Return every location."""

    def twin(self) -> Twin:
        """Return the twin's name and zone."""
