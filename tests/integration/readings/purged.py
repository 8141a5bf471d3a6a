"""A sensor with a hundred days of readings, some of which retention drops."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, Row, create_engine, text

from dtbase.domain.readings.retention import RetentionClass
from dtbase.storage.database import driver_url, transaction
from dtbase.storage.readings import readings, retention, rollups
from dtbase.storage.registry.series import Resolved
from tests.conftest import Servers
from tests.databases import fresh_database
from tests.factories import add_sensor, batch_of

START = datetime(2026, 1, 1, tzinfo=UTC)
NOW = START + timedelta(days=100, hours=5)
HORIZON = START + timedelta(days=70)
STEP = timedelta(minutes=20)
Rows = list[tuple[Any, ...]]


@contextmanager
def own_database(servers: Servers) -> Iterator[Engine]:
    """Make a database that tests may commit to."""
    with fresh_database(driver_url(servers.database_url)) as address:
        engine = create_engine(address)
        yield engine
        engine.dispose()


@dataclass
class Twin:
    """A sensor with 100 days of readings in a database; its temperature is kept for 30 days."""

    engine: Engine
    series: dict[str, Resolved]

    @classmethod
    def make(cls, engine: Engine) -> "Twin":
        """Write the readings and store their aggregates."""
        with transaction(engine) as session:
            found = add_sensor(session, "one")
            retention.set(session, RetentionClass(name="short", keep_days=30))
            retention.assign(session, "temperature", "short")
            for name in ("temperature", "rain", "energy"):
                fill(session, found[name])
        rollups.refresh(engine)
        return cls(engine, found)

    @property
    def all(self) -> tuple[Resolved, ...]:
        """Return every series."""
        return tuple(self.series.values())


def fill(session: Any, series: Resolved) -> None:
    """Write a reading every twenty minutes for a hundred days."""
    times = [START + STEP * n for n in range(100 * 72)]
    readings.write(session, batch_of(series, times, [float(n % 50) for n in range(len(times))]))


def write(engine: Engine, series: Resolved, time: datetime, value: float) -> None:
    """Write one reading."""
    with transaction(engine) as session:
        readings.write(session, batch_of(series, [time], [value]))


HOURS = """(
SELECT series_id, time_bucket('1 hour', h.first_at) AS bucket,
       h.first_at, h.last_at, h.first, h.last, nullif(h.increase, 'NaN') AS increase
  FROM reading_inside_day d
 CROSS JOIN LATERAL unnest(d.first_at, d.last_at, d.first, d.last, d.increase)
   AS h (first_at, last_at, first, last, increase))"""


def stored(engine: Engine, *series: Resolved) -> tuple[Rows, Rows, Rows]:
    """Return every hour, day and gain of some series as the views answer them, rounded."""
    ids = {"ids": [one.id for one in series]}
    views = ("reading_hour", "reading_day", HOURS)
    with engine.connect() as connection:
        hours, days, gains = (
            connection.execute(
                text(f"SELECT * FROM {view} stored WHERE series_id = ANY (:ids) ORDER BY 1, 2"),  # noqa: S608
                ids,
            ).all()
            for view in views
        )
    return rounded(hours), rounded(days), rounded(gains)


def rounded(rows: Sequence[Row[Any]]) -> Rows:
    """Round what depends on the order in which PostgreSQL adds."""
    return [
        tuple(round(cell, 6) if isinstance(cell, float) else cell for cell in row) for row in rows
    ]


def first_raw(engine: Engine, series: Resolved) -> datetime | None:
    """Return the time of the oldest reading that is still there."""
    with engine.connect() as connection:
        found = connection.scalar(
            text("SELECT min(time) FROM reading WHERE series_id = :id"), {"id": series.id}
        )
    assert found is None or isinstance(found, datetime)
    return found


HOUR = timedelta(hours=1)
