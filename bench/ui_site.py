"""The site that `make bench-ui` opens: demo, years of minutes, many places, and yardsticks."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import sleep
from typing import NamedTuple
from uuid import uuid4

import numpy as np
import psycopg
import requests
from sqlalchemy import NullPool, create_engine

from bench.kinds import load
from bench.stand import Stand, conninfo, free_port
from dtbase.client import Client
from dtbase.domain.registry.measures import Measure
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.errors import Unavailable
from dtbase.storage.database import transaction
from dtbase.storage.readings import readings
from dtbase.storage.readings.readings import OnConflict
from dtbase.storage.readings.rows import Rows
from jobs.demo import load as demo
from jobs.demo import replay

MINUTES = tuple(f"minute-{number}" for number in range(1, 5))
HISTORY = timedelta(days=40)
PLACES, SENSORS, MANY = 200, 2_000, 50_000
IDS = """SELECT series.id FROM series JOIN sensor ON sensor.id = series.sensor_id
 WHERE sensor.identifier LIKE %s ORDER BY sensor.identifier"""
ADD_PLACES = """INSERT INTO location (identifier, name)
 SELECT 'room-' || n, 'Room ' || n FROM generate_series(1, {places}) n"""
ADD_SENSORS = """WITH added AS (
  INSERT INTO sensor (identifier, name, sensor_type_id)
  SELECT '{prefix}-' || lpad(n::text, 5, '0'), 'Sensor ' || n, sensor_type.id
    FROM generate_series(1, {count}) n, sensor_type WHERE sensor_type.name = 'minutes'
  RETURNING id)
INSERT INTO series (sensor_id, measure_id)
 SELECT added.id, measure.id FROM added, measure WHERE measure.name = 'minutes'"""
INSTALL = """INSERT INTO installation (sensor_id, since, location_id)
 SELECT s.id, now() - interval '90 days', l.id
   FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM sensor
          WHERE identifier LIKE 'room-%') s
   JOIN location l ON l.identifier = 'room-' || (s.n % {places} + 1)"""


COUNTED = re.compile(r'dtbase_request_seconds_(count|sum)\{.*route="([^"]*)".*\} (\S+)')
UNCOUNTED = ("/metrics", "/changes", "/twin", "/health", "/auth/login")
"""What no act asks but the clock, and the bench itself; routes as the API's metrics name them."""


class Answered(NamedTuple):
    """How many requests the API has answered, and in how many seconds."""

    calls: int
    seconds: float


@dataclass(frozen=True)
class Site:
    """Where the dashboard and its yardsticks are."""

    url: str
    bare: str
    stand: Stand
    client: Client

    def answered(self) -> Answered:
        """Return what the API has answered for people so far."""
        found = [
            (kind, float(value))
            for kind, route, value in COUNTED.findall(self.client.ask("GET", "/v1/metrics"))
            if route not in UNCOUNTED
        ]
        count, total = (
            sum(value for kind, value in found if kind == wanted) for wanted in ("count", "sum")
        )
        return Answered(int(count), total)


@contextmanager
def site(stand: Stand, redis_url: str) -> Iterator[Site]:
    """Run the dashboard as it is run for people, two processes of eight threads, and the bare."""
    environment = {
        "DTBASE_API_URL": stand.api_url,
        "DTBASE_REDIS_URL": redis_url,
        "DTBASE_SECRET_KEY": uuid4().hex,
    }
    with (
        gunicorn("dash_app.app:create_server()", "health", environment) as url,
        gunicorn("bench.bare_dash:create_server()", "chart", environment) as bare,
        stand.client() as client,
    ):
        yield Site(url, bare, stand, client)


@contextmanager
def gunicorn(factory: str, health: str, environment: dict[str, str]) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "2"]
    command += ["--worker-class", "gthread", "--threads", "8", "--no-control-socket", factory]
    surroundings = {**os.environ, **environment}  # noqa: TID251 - handed on as it is
    process = subprocess.Popen(command, env=surroundings)
    try:
        await_answer(f"http://127.0.0.1:{port}/{health}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=40)


def await_answer(url: str, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            requests.get(url, timeout=30).raise_for_status()
        except requests.RequestException:
            sleep(0.2)
        else:
            return
    raise Unavailable(f"{url} did not start")


def furnish(stand: Stand, redis_url: str) -> None:
    """Load the demo's last weeks, and four series of one-minute readings over a year."""
    os.environ.update(  # noqa: TID251 - the demo reads the settings of its process
        DTBASE_DATABASE_URL=conninfo(stand.database),
        DTBASE_REDIS_URL=redis_url,
        DTBASE_SECRET_KEY=uuid4().hex,
    )
    now = datetime.now(UTC)
    engine = create_engine(stand.database, poolclass=NullPool)
    with transaction(engine) as session:
        demo.register(session, now)
        end = replay.floor(now) + replay.HOUR
        readings.write(session, demo.batch(end - HISTORY, end), OnConflict.KEEP)
    with transaction(engine) as session:
        session.connection().exec_driver_sql("DELETE FROM sensor WHERE identifier LIKE 'sensor-%%'")
    with stand.client() as client:
        measure = Measure(name="minutes", unit="degC")
        client.sensor_types.add(SensorType(name="minutes", measures=(measure,)))
        for name in MINUTES:
            client.sensors.add(NewSensor(identifier=name, type="minutes"))
    fill(stand, "minute-%", timedelta(days=365), 60)


def fill(stand: Stand, like: str, history: timedelta, step: int) -> None:
    """Store readings up to now of all sensors of a name."""
    with stand.connect() as connection:
        ids = [row[0] for row in connection.execute(IDS, [like]).fetchall()]
        now = np.datetime64(datetime.now(UTC).replace(tzinfo=None), "s")
        times = (now - np.arange(int(history.total_seconds()) // step) * step)[::-1]
        random = np.random.default_rng(5)
        wave = 10 + 8 * np.sin(np.arange(len(times)) * step / 86_400 * 2 * np.pi)
        values = wave + random.normal(0, 1, (len(ids), len(times)))
        rows = Rows(
            np.repeat(np.array(ids, dtype=np.int32), len(times)),
            np.tile(times.astype("M8[us]"), len(ids)),
            values.round(2).ravel(),
        )
        load(connection, rows)
        connection.execute("VACUUM ANALYZE reading")


def add_places(stand: Stand) -> None:
    """Add two thousand series at two hundred places."""
    with stand.connect() as connection:
        connection.execute(ADD_PLACES.format(places=PLACES).encode())
        add_sensors(connection, "room", SENSORS)
        connection.execute(INSTALL.format(places=PLACES).encode())
    fill(stand, "room-%", timedelta(days=3), 900)


def add_many(stand: Stand) -> None:
    """Add sensors until there are fifty thousand."""
    with stand.connect() as connection:
        add_sensors(connection, "many", MANY - SENSORS)


def add_sensors(connection: psycopg.Connection, prefix: str, count: int) -> None:
    connection.execute(ADD_SENSORS.format(prefix=prefix, count=count).encode())
    connection.execute("ANALYZE")
