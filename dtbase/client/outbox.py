"""Readings on their way from a device: kept in a file until the API has acknowledged them."""

import json
import logging
import math
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from threading import Event, RLock, Thread
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple, Self

from dtbase.domain.readings.readings import NOTHING, IngestCounts, add_up
from dtbase.domain.registry.series import SeriesKey, Value
from dtbase.errors import Conflict, DTBaseError, Invalid, TooLarge, Unavailable

if TYPE_CHECKING:
    from dtbase.client import Client

logger = logging.getLogger(__name__)

SCHEMA = """
CREATE TABLE IF NOT EXISTS waiting (id INTEGER PRIMARY KEY AUTOINCREMENT, reading TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS refused (
  id INTEGER PRIMARY KEY, reading TEXT NOT NULL, reason TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS dropped (count INTEGER NOT NULL);
INSERT INTO dropped SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM dropped);
"""
DROP_OLDEST = "DELETE FROM waiting WHERE id IN (SELECT id FROM waiting ORDER BY id LIMIT ?)"
FORGET_REFUSED = """
DELETE FROM refused WHERE id IN (SELECT id FROM refused ORDER BY id DESC LIMIT -1 OFFSET ?)
"""
DURABLE = ("PRAGMA journal_mode = WAL", "PRAGMA synchronous = FULL")
"""What is put survives also the loss of power."""

PATIENCE = 30.0
"""Seconds to wait for another process that writes into the same file."""

MOST_REFUSED = 10_000
NEVER_TAKEN = (Invalid, Conflict, TooLarge)
"""Why a reading will not be taken however often it is sent."""

Reading = tuple[str | SeriesKey, datetime, Value]
"""A series, a time with an offset, and a value."""


class Waiting(NamedTuple):
    """A reading as it stands in the file."""

    id: int
    reading: str


class Refused(NamedTuple):
    """A reading that the API will never take, and why."""

    reading: str
    reason: str


class Outbox:
    """A queue in a file that outlives outages and crashes, and sends in batches.

    Readings are sent in the order in which they were put. A batch is forgotten when the API has
    acknowledged it; if that is not heard, it is sent again, which changes nothing. There are at
    most so many: the oldest make room for new ones, and `dropped` counts them. What the API
    refuses for good is set aside, so that it blocks nothing; `refused()` tells it.

    Example:
        with Client(url, api_key=key) as twin, Outbox("outbox.db", twin) as outbox:
            with outbox.sending(every=10):
                outbox.put("box-1/air_temperature", datetime.now(UTC), 21.5)
    """

    def __init__(
        self,
        file: Path | str,
        client: "Client",
        *,
        most: int = 1_000_000,
        batch: int = 5_000,
        on_conflict: str = "replace",
    ) -> None:
        self._client = client
        self._most = most
        self._batch = batch
        self._on_conflict = on_conflict
        self._file = Path(file)
        self._lock = RLock()
        with self._told():
            self._base = sqlite3.connect(
                self._file, timeout=PATIENCE, isolation_level=None, check_same_thread=False
            )
            for pragma in DURABLE:
                self._base.execute(pragma).close()
            self._base.executescript(SCHEMA)

    def __enter__(self) -> Self:
        """Use the outbox as a context manager."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the file; what waits in it stays."""
        self._base.close()

    def __len__(self) -> int:
        """Return how many readings wait."""
        return self._number("SELECT count(*) FROM waiting")

    @property
    def dropped(self) -> int:
        """Return how many readings made room for newer ones, since the file was made."""
        return self._number("SELECT count FROM dropped")

    def refused(self) -> Sequence[Refused]:
        """Return the newest readings that the API will never take, and why."""
        with self._told():
            rows = self._base.execute("SELECT reading, reason FROM refused ORDER BY id DESC")
            return [Refused(*row) for row in rows]

    def retry_refused(self) -> None:
        """Let what was refused wait again, such as when its sensor is registered meanwhile."""
        with self._told(), self._transaction():
            again = "INSERT INTO waiting (reading) SELECT reading FROM refused ORDER BY id"
            self._base.execute(again)
            self._base.execute("DELETE FROM refused")
            self._make_room()

    def put(self, series: str | SeriesKey, time: datetime, value: Value) -> None:
        """Keep a reading until it is sent; when this returns, it is on the disk."""
        self.put_many([(series, time, value)])

    def put_many(self, readings: Iterable[Reading]) -> None:
        """Keep many readings, all or none."""
        rows = [(written(*reading),) for reading in readings]
        with self._told(), self._transaction():
            self._base.executemany("INSERT INTO waiting (reading) VALUES (?)", rows)
            self._make_room()

    def send(self) -> IngestCounts:
        """Send all that waits, oldest first; raise Unavailable when the API does not answer.

        What was acknowledged before it raises stays sent.
        """
        counts = NOTHING
        while batch := self._oldest():
            counts = add_up([counts, self._deliver(batch)])
        return counts

    @contextmanager
    def sending(self, every: float = 10) -> Iterator[Self]:
        """Send by a thread, so many seconds after each other, and once more at the end."""
        ended = Event()
        thread = Thread(target=self._send_until, args=(ended, every), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            ended.set()
            thread.join()
            self._try_to_send()

    def _send_until(self, ended: Event, every: float) -> None:
        while not ended.wait(every):
            self._try_to_send()

    def _try_to_send(self) -> None:
        try:
            self.send()
        except DTBaseError as error:
            logger.warning("%d readings wait: %s", len(self), error)

    def _deliver(self, batch: Sequence[Waiting]) -> IngestCounts:
        """Send a batch; of one that is refused, find those that are to blame."""
        try:
            counts = self._push(batch)
        except NEVER_TAKEN as error:
            if not about_readings(error):
                raise
            return self._without(batch, error)
        self._forget(batch)
        return counts

    def _without(self, batch: Sequence[Waiting], error: DTBaseError) -> IngestCounts:
        """Set aside the readings that are to blame, or halve the batch to find them."""
        rules = {each["row"]: each["rule"] for each in error.violations if "row" in each}
        if len(batch) == 1:
            rules = {0: rules.get(0, error.detail)}
        if rules:
            for place, rule in rules.items():
                self._set_aside(batch[place], rule)
            return NOTHING  # the others come with the next batch
        half = len(batch) // 2
        return add_up([self._deliver(batch[:half]), self._deliver(batch[half:])])

    def _push(self, batch: Sequence[Waiting]) -> IngestCounts:
        body = f'{{"readings": [{",".join(each.reading for each in batch)}]}}'
        push = self._client.readings.push_body
        return push(body.encode(), "application/json", self._on_conflict)

    def _oldest(self) -> Sequence[Waiting]:
        with self._told():
            query = "SELECT id, reading FROM waiting ORDER BY id LIMIT ?"
            return [Waiting(*row) for row in self._base.execute(query, (self._batch,))]

    def _forget(self, batch: Sequence[Waiting]) -> None:
        with self._told(), self._transaction():
            ids = [(each.id,) for each in batch]
            self._base.executemany("DELETE FROM waiting WHERE id = ?", ids)

    def _set_aside(self, waiting: Waiting, rule: str) -> None:
        logger.error("refused: %s: %s", waiting.reading, rule)
        with self._told(), self._transaction():
            row = (*waiting, rule)
            self._base.execute("INSERT OR REPLACE INTO refused VALUES (?, ?, ?)", row)
            self._base.execute(FORGET_REFUSED, (MOST_REFUSED,))
            self._base.execute("DELETE FROM waiting WHERE id = ?", (waiting.id,))

    def _make_room(self) -> None:
        excess = max(len(self) - self._most, 0)
        if excess:
            self._base.execute(DROP_OLDEST, (excess,))
            self._base.execute("UPDATE dropped SET count = count + ?", (excess,))

    def _number(self, query: str) -> int:
        with self._told(), closing(self._base.execute(query)) as rows:
            return int(rows.fetchone()[0])

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._base.execute("ROLLBACK")
            raise
        self._base.execute("COMMIT")

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Let one thread at a time into the file, and say which file cannot be used."""
        with self._lock:
            try:
                yield
            except sqlite3.Error as error:
                raise Unavailable(f"readings cannot be kept in {self._file}: {error}") from error


def storable(value: object) -> bool:
    """Tell whether a value can be a reading."""
    return isinstance(value, int | str) or (isinstance(value, float) and math.isfinite(value))


def about_readings(error: DTBaseError) -> bool:
    """Tell a refusal of readings from one of the whole request, such as of a wrong address."""
    return bool(error.violations) or isinstance(error, TooLarge)


def written(series: str | SeriesKey, time: datetime, value: Value) -> str:
    """Write a reading as the API takes it, or refuse one that no API would."""
    key = SeriesKey.parse(str(series))
    if time.tzinfo is None:
        raise Invalid(f"the time {time.isoformat()} of {key} must carry an offset", field="time")
    reading = {
        "sensor": key.sensor,
        "measure": key.measure,
        "time": time.isoformat(),
        "value": value,
    }
    if not storable(value):
        rule = f"the value {value!r} of {key} is no number, boolean or text that can be stored"
        raise Invalid(rule, field="value")
    return json.dumps(reading)
