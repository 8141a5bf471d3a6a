"""PostgreSQL is killed while many write: nothing acknowledged is lost, no aggregate is wrong."""

import os
import signal
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from threading import Event, Thread

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, NullPool, create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from dtbase.domain.readings.batches import Batch
from dtbase.errors import Unavailable
from dtbase.local import postgres
from dtbase.storage.database import driver_url, transaction
from dtbase.storage.readings import readings, rollups
from dtbase.storage.registry.series import Resolved
from tests.factories import add_sensor, batch_of
from tests.integration.readings.against_raw import mismatches
from tests.integration.servers import serve

START = datetime(2026, 5, 1, tzinfo=UTC)
ENOUGH = 40
"""Acknowledged batches of one writer before the server is killed."""

STORED = text("SELECT time, value FROM reading WHERE series_id = :id")


class Writer:
    """Writes batches of one series until the server is gone, and keeps what was acknowledged."""

    def __init__(self, engine: Engine, series: Resolved) -> None:
        self.engine = engine
        self.series = series
        self.acknowledged: dict[datetime, float] = {}
        self.enough = Event()
        self.thread = Thread(target=self.run)

    def run(self) -> None:
        """Write until it fails."""
        turn = 0
        while True:
            turn += 1
            batch = self.batch(turn)
            try:
                with transaction(self.engine) as session:
                    readings.write(session, batch)
            except (Unavailable, SQLAlchemyError):
                self.enough.set()
                return
            self.keep(batch)
            if turn >= ENOUGH:
                self.enough.set()

    def batch(self, turn: int) -> Batch:
        """Return the next readings, some of them replacing earlier ones."""
        times = [START + timedelta(minutes=turn * 7 + n) for n in range(20)]
        return batch_of(self.series, times, [float(turn)] * 20)

    def keep(self, batch: Batch) -> None:
        """Remember what is now owed."""
        for segment in batch.segments:
            times = [time.replace(tzinfo=UTC) for time in segment.times.astype(datetime)]
            self.acknowledged |= dict(zip(times, segment.values, strict=True))


def migrated(cluster: postgres.Cluster) -> Engine:
    """Bring a new cluster's database up to date."""
    engine = create_engine(driver_url(cluster.url), poolclass=NullPool)
    config = Config("alembic.ini")
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    return engine


def refresh_until_gone(engine: Engine) -> None:
    """Refresh the aggregates without a pause until the server is gone."""
    while True:
        try:
            rollups.refresh(engine)
        except (SQLAlchemyError, Unavailable):
            return


def test_no_acknowledged_reading_is_lost_when_postgresql_is_killed(
    cluster: postgres.Cluster, stack: ExitStack
) -> None:
    child = serve(cluster, stack)
    cluster.furnish()
    engine = migrated(cluster)
    with transaction(engine) as session:
        writers = [Writer(engine, add_sensor(session)["temperature"]) for _ in range(4)]
    refresher = Thread(target=refresh_until_gone, args=(engine,))
    refresher.start()
    for writer in writers:
        writer.thread.start()
    assert all(writer.enough.wait(60) for writer in writers)
    os.killpg(child.process.pid, signal.SIGKILL)
    child.process.wait()
    for thread in (refresher, *(writer.thread for writer in writers)):
        thread.join(60)
        assert not thread.is_alive()

    serve(cluster, stack)
    with engine.connect() as connection:
        for writer in writers:
            rows = connection.execute(STORED, {"id": writer.series.id})
            stored = {time.astimezone(UTC): value for time, value in rows}
            lost = {
                time: value
                for time, value in writer.acknowledged.items()
                if stored.get(time, -1) < value
            }
            assert len(writer.acknowledged) > ENOUGH
            assert lost == {}
    assert mismatches(engine) == 0
    rollups.refresh(engine)
    assert mismatches(engine) == 0
