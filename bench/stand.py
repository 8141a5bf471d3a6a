"""What is measured: a database of its own, one API process before it, and an admin's client."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import sleep
from uuid import uuid4

import psutil
import psycopg
import requests
from alembic import command
from alembic.config import Config
from sqlalchemy import NullPool, create_engine
from sqlalchemy.engine import URL

from bench.data import SENSORS
from dtbase.client import Client
from dtbase.domain.people.users import NewUser, Role
from dtbase.domain.registry.measures import Measure
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.errors import Unavailable
from dtbase.storage.database import driver_url, transaction
from dtbase.storage.people import users
from dtbase.storage.people.passwords import get_hasher
from dtbase.storage.registry import sensor_types, sensors, series

EMAIL = "bench@example.org"
PASSWORD = uuid4().hex


@dataclass(frozen=True)
class Stand:
    """A migrated database with fifty series, and the API that serves it."""

    database: URL
    api_url: str
    api_pid: int
    ids: list[int]

    def connect(self) -> psycopg.Connection:
        """Open a connection of the driver's own, without a transaction."""
        return psycopg.connect(conninfo(self.database), autocommit=True)

    def client(self) -> Client:
        """Log in to the API."""
        client = Client(self.api_url)
        client.log_in(EMAIL, PASSWORD)
        return client

    def memory(self) -> int:
        """Return the bytes of memory that the API process holds, with what it has started."""
        api = psutil.Process(self.api_pid)
        return api.memory_info().rss + self.memory_of_children()

    def memory_of_children(self) -> int:
        """Return the bytes of memory that what the API process has started holds."""
        held = 0
        for process in psutil.Process(self.api_pid).children(recursive=True):
            with suppress(psutil.NoSuchProcess):
                held += process.memory_info().rss
        return held

    def forget_peak(self) -> None:
        """Measure the greatest memory of the API process from now on."""
        Path(f"/proc/{self.api_pid}/clear_refs").write_text("5")

    def peak(self) -> int:
        """Return the most bytes that the API process alone has held at any moment."""
        status = Path(f"/proc/{self.api_pid}/status").read_text()
        (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", status)
        return 1024 * int(kilobytes)


def conninfo(database: URL) -> str:
    """Return an address as the driver takes it."""
    return database.set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def stand(server: str, redis_url: str) -> Iterator[Stand]:
    """Set everything up on a server, and take it away afterwards."""
    base = driver_url(server)
    database = base.set(database=f"dtbase_bench_{uuid4().hex[:8]}")
    admin = conninfo(base)
    run(admin, f'CREATE DATABASE "{database.database}"')
    try:
        migrate(database)
        ids = furnish(database)
        with serving(database, redis_url) as (url, pid):
            yield Stand(database, url, pid, ids)
    finally:
        run(admin, f'DROP DATABASE "{database.database}" WITH (FORCE)')


def run(address: str, statement: str) -> None:
    """Run one statement that no transaction can hold."""
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(statement.encode())


def migrate(database: URL) -> None:
    """Bring the schema up to date."""
    config = Config("alembic.ini")
    with create_engine(database, poolclass=NullPool).connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()


def furnish(database: URL) -> list[int]:
    """Register fifty sensors and an admin; return the ids of the series."""
    measure = Measure(name="temperature", unit="degC")
    names = [f"sensor-{number:02d}" for number in range(SENSORS)]
    with transaction(create_engine(database, poolclass=NullPool)) as session:
        sensor_types.add(session, SensorType(name="bench", measures=(measure,)))
        for name in names:
            sensors.add(session, NewSensor(identifier=name, type="bench"))
        admin = NewUser.model_validate({"email": EMAIL, "password": PASSWORD, "role": Role.ADMIN})
        users.add(session, admin, get_hasher())
        found = series.find(session, [(name, "temperature") for name in names])
    return [found[name, "temperature"].id for name in names]


@contextmanager
def serving(database: URL, redis_url: str) -> Iterator[tuple[str, int]]:
    """Run one API process, and answer its address and its number."""
    port = free_port()
    environment = {
        **os.environ,  # noqa: TID251 - handed on to the API as it is
        "DTBASE_DATABASE_URL": conninfo(database),
        "DTBASE_REDIS_URL": redis_url,
        "DTBASE_SECRET_KEY": uuid4().hex,
    }
    process = subprocess.Popen([sys.executable, "-m", "api", "--port", str(port)], env=environment)
    try:
        url = f"http://127.0.0.1:{port}"
        wait(url, process)
        yield url, process.pid
    finally:
        process.terminate()
        process.wait(timeout=30)


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait(url: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the API answers."""
    while process.poll() is None:
        try:
            requests.get(f"{url}/v1/health", timeout=5)
        except requests.ConnectionError:
            sleep(0.1)
        else:
            return
    raise Unavailable("the API did not start")
