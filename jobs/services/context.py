"""The run under way, as a service sees it."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from dtbase.domain.paging import MOST
from dtbase.domain.readings.buckets import Bucket
from dtbase.domain.readings.queries import Aggregate, Bucketing, Fill
from dtbase.domain.registry.locations import Location
from dtbase.domain.registry.sensors import Sensor
from dtbase.domain.registry.series import Series, SeriesKey, SeriesQuery
from dtbase.domain.registry.twin import Twin
from dtbase.domain.services.service_runs import LONGEST_LINE, MOST_LINES
from dtbase.domain.values.queries import OfSeries, ValuesQuery
from dtbase.services import Cancelled
from dtbase.storage import values
from dtbase.storage.database import transaction
from dtbase.storage.registry import locations, sensors, twin
from dtbase.storage.registry import series as series_storage
from dtbase.storage.services import service_run_states, service_runs
from dtbase.storage.services.assignments import Progress, Try

if TYPE_CHECKING:
    import pandas as pd

RARELY = 0.5
"""Seconds between two looks at whether the run is still wanted, and two notes of its progress."""


class RunContext:
    """What a service is given; progress and log reach the database twice a second at most."""

    def __init__(
        self,
        present: Try,
        now: datetime,
        reading: Callable[[], AbstractContextManager[Session]],
        redact: Callable[[str], str],
    ) -> None:
        """Begin a try of a run; reading may see more than what is stored."""
        self._reading = reading
        self._redact = redact
        self._try = present
        self.run_id = present.run
        self.now = now
        self.told: Progress | None = None
        self._lines: list[tuple[datetime, str]] = []
        self._count = 0
        self._looked = monotonic()

    def progress(self, done: int, total: int | None = None, message: str | None = None) -> None:
        """Tell how far the run is; raise Cancelled if nobody wants it any more."""
        self.told = (done, total, message and self._redact(message)[:LONGEST_LINE])
        self.check()

    def log(self, line: str) -> None:
        """Write a line to the run's log."""
        self._count += 1
        if self._count < MOST_LINES:
            self.note([line])
        elif self._count == MOST_LINES:
            self.note([f"… no more than {MOST_LINES} lines are kept"])
        self.check()

    def note(self, lines: Sequence[str]) -> None:
        """Have lines written to the log with the next ones, or at the end."""
        shown = [self._redact(line).replace("\0", "")[:LONGEST_LINE] for line in lines]
        self._lines += [(datetime.now(UTC), line) for line in shown]

    def check(self) -> None:
        """Raise Cancelled if nobody wants the run any more."""
        if monotonic() - self._looked >= RARELY:
            self.flush()

    def flush(self) -> None:
        """Write down progress and log now, and raise Cancelled if the run is not wanted."""
        self._looked = monotonic()
        with transaction() as session:
            wanted = self.write(session)
            if wanted is None:
                wanted = service_run_states.wanted(session, self._try)
        self._lines, self.told = [], None
        if not wanted:
            raise Cancelled

    @property
    def has_lines(self) -> bool:
        """Tell whether there are lines to be written."""
        return bool(self._lines)

    def write(self, session: Session) -> bool | None:
        """Write down what has not been; tell whether the run is wanted, where progress says so."""
        if self._lines:
            service_runs.add_lines(session, self.run_id, self._lines)
        if self.told is None:
            return None
        return service_run_states.pulse(session, self._try, *self.told)

    def frame(
        self,
        series: Sequence[str],
        start: datetime | None = None,
        end: datetime | None = None,
        bucket: str = "raw",
    ) -> "pd.DataFrame":
        """Return readings in [start, end) as a frame of series."""
        import pandas as pd

        query = ValuesQuery(
            OfSeries(tuple(SeriesKey.parse(name) for name in series)),
            start,
            end,
            None if bucket == "raw" else means(bucket),
            self.now,
        )
        with self._reading() as session:
            plan = values.plan(session, query)
            read = values.read(session, plan)
        (column,) = plan.columns
        parts = {
            str(each.key): pd.Series(
                columns.values[column], index=pd.DatetimeIndex(columns.times).tz_localize("UTC")
            )
            for each, columns in zip(plan.labels, read, strict=True)
        }
        return pd.DataFrame(parts).rename_axis(index="time", columns="series")

    def series(self) -> Sequence[Series]:
        wanted, found = SeriesQuery(limit=MOST), list[Series]()
        with self._reading() as session:
            while (listed := series_storage.page(session, wanted)).next is not None:
                found += listed.items
                wanted = wanted.model_copy(update={"cursor": listed.next})
        return [*found, *listed.items]

    def sensors(self) -> Sequence[Sensor]:
        with self._reading() as session:
            return sensors.list(session)

    def locations(self) -> Sequence[Location]:
        with self._reading() as session:
            return locations.list(session)

    def twin(self) -> Twin:
        """Return the twin's name and zone."""
        with transaction() as session:
            return twin.get(session)


def means(bucket: str) -> Bucketing:
    return Bucketing(Bucket.parse(bucket), ZoneInfo("UTC"), (Aggregate.MEAN,), Fill.NONE)
