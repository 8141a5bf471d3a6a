"""A private PostgreSQL with TimescaleDB: one cluster, one role, one database."""

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import LiteralString

import psycopg
from psycopg import sql

from dtbase.errors import Unavailable
from dtbase.local.faults import FULL_DISK
from dtbase.local.passwords import Passwords
from dtbase.local.places import State
from dtbase.local.ports import HOST
from dtbase.local.progress import silence_broken

NAME = "dtbase"
CLEAN = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}  # no PGDATA, PGOPTIONS, … of ours
MEMORIES = Path("/proc/sysvipc/shm")
SHARED_MEMORY = 7  # the line of postmaster.pid with its key and its id
STOP = signal.SIGINT  # PostgreSQL's fast shutdown: roll back, checkpoint, exit

QUIET = sql.SQL("GRANT SET ON PARAMETER log_min_messages TO {}")
"""Refreshes keep their notes out of the log where they may."""

SETTINGS = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "shared_preload_libraries": "timescaledb",
    "timescaledb.telemetry_level": "off",
    "timescaledb.max_background_workers": "16",
    "max_worker_processes": "40",
    "max_connections": "120",
    "max_locks_per_transaction": "256",
    "shared_buffers": "256MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "logging_collector": "off",
    "password_encryption": "scram-sha-256",
}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
FLEETING = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
}


@dataclass(frozen=True)
class Cluster:
    """One data folder and the programs that serve it."""

    bin: Path
    state: State
    passwords: Passwords
    port: int
    durable: bool = True

    @property
    def data(self) -> Path:
        return self.state.folder / "postgres" / "data"

    @property
    def url(self) -> str:
        """Return the address that our own role uses."""
        return f"postgresql://{NAME}:{self.passwords.database}@{HOST}:{self.port}/{NAME}"

    @property
    def superuser_url(self) -> str:
        """Return the address that the cluster's superuser uses."""
        return f"postgresql://postgres:{self.passwords.superuser}@{HOST}:{self.port}/postgres"

    def create(self) -> None:
        """Make the cluster; it appears at its place only when it is whole."""
        if (self.data / "PG_VERSION").exists():
            self._ensure_readable()
            wait_for_backends(self.data / "postmaster.pid")
            return
        folder = self.state.private("postgres")
        partial, password = folder / "data.partial", folder / "password"
        shutil.rmtree(partial, ignore_errors=True)
        password.unlink(missing_ok=True)
        password.touch(mode=0o600)
        password.write_text(self.passwords.superuser)
        self.state.account.own(password)
        self._initdb(partial, password)
        password.unlink()
        partial.rename(self.data)

    def _ensure_readable(self) -> None:
        """Refuse data that another version of PostgreSQL made."""
        made = (self.data / "PG_VERSION").read_text().strip()
        command = [str(self.bin / "postgres"), "--version"]
        ours = subprocess.run(
            command, capture_output=True, text=True, check=True, env=CLEAN, start_new_session=True
        ).stdout
        if f" {made}." not in ours:
            raise Unavailable(
                f"the data in {self.data} was made by PostgreSQL {made}, and this machine has "
                f"{ours.strip()}: install PostgreSQL {made} with TimescaleDB again"
            )

    def _initdb(self, folder: Path, password: Path) -> None:
        command = [
            str(self.bin / "initdb"),
            f"--pgdata={folder}",
            "--username=postgres",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--data-checksums",
            *(() if self.durable else ("--no-sync",)),
        ]
        with silence_broken("making the database"):
            done = subprocess.run(
                command,
                capture_output=True,
                text=True,
                check=False,
                cwd="/",
                env=CLEAN,
                start_new_session=True,
                **self.state.account.drop(),
            )
        if done.returncode:
            raise Unavailable(f"PostgreSQL's initdb failed: {_reason(done.stderr)}")

    def command(self) -> list[str]:
        """Return the command that serves the cluster in the foreground."""
        settings = {"port": str(self.port)} | SETTINGS | (DURABLE if self.durable else FLEETING)
        options = [f"--{name}={value}" for name, value in settings.items()]
        return [str(self.bin / "postgres"), "-D", str(self.data), *options]

    def answers(self) -> bool:
        """Tell whether the server takes connections."""
        try:
            psycopg.connect(self.superuser_url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def furnish(self) -> None:
        """Make our role and database with the extension, as far as they are missing."""
        with silence_broken("furnishing the database"):
            self._furnish()

    def _furnish(self) -> None:
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            if not _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s"):
                connection.execute(
                    sql.SQL("CREATE ROLE {} LOGIN CREATEDB PASSWORD {}").format(
                        sql.Identifier(NAME), sql.Literal(self.passwords.database)
                    )
                )
            if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s"):
                connection.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(
                        sql.Identifier(NAME), sql.Identifier(NAME)
                    )
                )
            connection.execute(QUIET.format(sql.Identifier(NAME)))
        self._extend()

    def let_databases_go(self) -> None:
        """Let our role drop a database that one of the server's own workers still looks at."""
        grant = sql.SQL("GRANT pg_signal_backend TO {}").format(sql.Identifier(NAME))
        with psycopg.connect(self.superuser_url, autocommit=True) as connection:
            connection.execute(grant)

    def _extend(self) -> None:
        """Make or update the extension, which must be a session's first command."""
        try:
            with psycopg.connect(self.superuser_url, dbname=NAME, autocommit=True) as connection:
                connection.execute("ALTER EXTENSION timescaledb UPDATE")
        except psycopg.errors.UndefinedObject:
            with psycopg.connect(self.superuser_url, dbname=NAME, autocommit=True) as connection:
                connection.execute("CREATE EXTENSION timescaledb")


@contextmanager
def refusals_told() -> Iterator[None]:
    """Turn what the database refuses into a refusal with a sentence."""
    try:
        yield
    except psycopg.Error as error:
        reason = str(error).partition("\n")[0]
        raise Unavailable(f"the database refused: {reason}; its log may tell more") from error


def wait_for_backends(pid_file: Path, seconds: float = 30) -> None:
    """Wait for what a killed server left: while it holds the memory, no other one starts."""
    deadline = time.monotonic() + seconds
    while attached(pid_file) and time.monotonic() < deadline:
        time.sleep(0.1)


def attached(pid_file: Path) -> bool:
    """Tell whether processes still use the shared memory that a pid file names."""
    lines = pid_file.read_text().splitlines() if pid_file.exists() else []
    if len(lines) < SHARED_MEMORY or not MEMORIES.exists():
        return False
    segment = lines[SHARED_MEMORY - 1].split()[-1]
    used = (line.split() for line in MEMORIES.read_text().splitlines()[1:])
    return any(fields[1] == segment and fields[6] != "0" for fields in used)


def ensure_extension(url: str) -> None:
    """Refuse a database without TimescaleDB, saying what to install."""
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            query = "SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'"
            found = connection.execute(query).fetchone()
    except psycopg.OperationalError as error:
        raise Unavailable(
            f"the database of DTBASE_DATABASE_URL does not answer: {' '.join(str(error).split())}"
        ) from None
    if found is None:
        raise Unavailable(
            "the database of DTBASE_DATABASE_URL has no TimescaleDB: install its extension on that "
            "server (the package timescaledb-2-postgresql-17, or Debian's "
            "postgresql-17-timescaledb), add timescaledb to shared_preload_libraries, restart it"
        )


def _exists(connection: psycopg.Connection, query: LiteralString) -> bool:
    return connection.execute(query, (NAME,)).fetchone() is not None


def _reason(errors: str) -> str:
    if "No space left" in errors:
        return f"{FULL_DISK}; free some space and run this again"
    lines = [line for line in errors.splitlines() if "error" in line.lower()]
    return lines[0] if lines else errors.strip()[-300:] or "it gave no reason"
