"""What a request costs, against yardsticks of the same run: a bare route, a commit, the SQL."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from http import HTTPStatus
from http.client import HTTPConnection, HTTPResponse, RemoteDisconnected
from itertools import count
from statistics import median
from time import perf_counter
from urllib.parse import urlencode, urlsplit

import numpy as np
import orjson
import psycopg
from sqlalchemy import NullPool, create_engine

from bench.data import START
from bench.ingest import upsert
from bench.stand import Stand, free_port, wait
from bench.table import Figure, Figures
from dtbase.domain.registry.sensors import NewSensor
from dtbase.storage.database import transaction
from dtbase.storage.readings.rows import Rows
from dtbase.storage.registry import sensors, series

SECTION = "cost of a request"
ROUNDS = 7
"""Each figure is the median over so many turns, in which all take their part."""

SERIES = 100
WRITERS = 8
SINGLES = 250
BATCHES = ((1_000, 1, "≤ 1.6"), (1_000, 100, "≤ 1.8"), (10_000, 1, "≤ 1.5"))
BEFORE = START - timedelta(days=9_000)
MINUTES = count()
"""Each batch is new: later than all before it, of a time of which there is nothing else."""

ONE_ROW = """
INSERT INTO reading (series_id, time, value) VALUES (%s, %s, %s)
ON CONFLICT (series_id, time) DO UPDATE SET value = excluded.value
"""
WEEK = """SELECT bucket, sum / n FROM reading_hour
 WHERE series_id = %s AND bucket >= %s AND bucket < %s ORDER BY 1"""
LATEST = """SELECT series.id, last.time, last.value FROM series CROSS JOIN LATERAL (
  SELECT time, value FROM reading WHERE series_id = series.id ORDER BY time DESC LIMIT 1) last
 WHERE series.id = ANY(%s)"""


@dataclass(frozen=True)
class Caller:
    """The one client that all are measured with: it costs little itself."""

    connection: HTTPConnection
    headers: dict[str, str]

    def get(self, path: str, status: int = HTTPStatus.OK) -> bytes:
        """Ask for something."""
        return self.ask("GET", path, None, status)

    def push(self, body: bytes) -> bytes:
        return self.ask("POST", "/v1/readings", body, HTTPStatus.OK)

    def answer_to(self, method: str, path: str, body: bytes | None) -> HTTPResponse:
        """Send a request, anew where the server has closed what was idle for long."""
        try:
            self.connection.request(method, path, body, self.headers)
            return self.connection.getresponse()
        except (RemoteDisconnected, ConnectionError):
            self.connection.close()
            self.connection.request(method, path, body, self.headers)
            return self.connection.getresponse()

    def ask(self, method: str, path: str, body: bytes | None, status: int) -> bytes:
        """Send a request, and hold its answer against what must come."""
        answer = self.answer_to(method, path, body)
        content = answer.read()
        assert answer.status == status, content
        return content


@dataclass
class Turns:
    """Durations of several ways to do things, taken in turns because the machine's speed drifts."""

    ways: dict[str, Callable[[], object]]
    taken: dict[str, list[float]] = field(default_factory=dict)

    def measure(self, each: int) -> dict[str, float]:
        """Return the median of what each way takes, in seconds."""
        for work in self.ways.values():
            work()
        for _ in range(ROUNDS):
            for name, work in self.ways.items():
                self.taken.setdefault(name, []).extend(durations(work, each))
        return {name: median(taken) for name, taken in self.taken.items()}


def durations(work: Callable[[], object], times: int) -> Iterator[float]:
    """Return how long some work takes, each time."""
    for _ in range(times):
        start = perf_counter()
        work()
        yield perf_counter() - start


def measure(stand: Stand, figures: Figures) -> None:
    """Measure routes, single readings, batches and reads."""
    furnished = furnish(stand)
    with (
        bare_route() as bare,
        stand.connect() as connection,
        calling(stand.api_url, token(stand)) as ours,
        calling(bare, "") as theirs,
    ):
        measured = Measured(stand, figures, furnished, connection, ours, theirs)
        route = measured.routes()
        measured.single(route)
        measured.batches()
        measured.reads(route)
        measured.writers()


def furnish(stand: Stand) -> list[int]:
    """Register a hundred sensors, and return the ids of their series."""
    names = [f"cost-{number:03d}" for number in range(SERIES)]
    with transaction(create_engine(stand.database, poolclass=NullPool)) as session:
        for name in names:
            sensors.add(session, NewSensor(identifier=name, type="bench"))
        found = series.find(session, [(name, "temperature") for name in names])
    return [found[name, "temperature"].id for name in names]


def token(stand: Stand) -> str:
    with stand.client() as client:
        assert client.tokens is not None
        return client.tokens.access_token


@contextmanager
def calling(url: str, token: str) -> Iterator[Caller]:
    """Keep one connection open."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with closing(HTTPConnection(urlsplit(url).netloc)) as connection:
        yield Caller(connection, headers)


@contextmanager
def bare_route() -> Iterator[str]:
    """Serve a route that does nothing, by the same server."""
    port = free_port()
    options = ["--port", str(port), "--log-level", "warning", "--no-access-log"]
    process = subprocess.Popen([sys.executable, "-m", "uvicorn", "bench.bare:app", *options])
    try:
        wait(f"http://127.0.0.1:{port}", process)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=30)


@dataclass(frozen=True)
class Measured:
    """What is measured, and with what."""

    stand: Stand
    figures: Figures
    ids: list[int]
    connection: psycopg.Connection
    ours: Caller
    theirs: Caller

    def routes(self) -> float:
        """Measure routes that do little, and return what a bare one takes."""
        ways: dict[str, Callable[[], object]] = {
            "bare FastAPI route": lambda: self.theirs.get("/bare"),
            "404": lambda: self.ours.get("/v1/nothing", HTTPStatus.NOT_FOUND),
            "/v1/twin": lambda: self.ours.get("/v1/twin"),
            "/v1/health": lambda: self.ours.get("/v1/health"),
        }
        took = Turns(ways).measure(40)
        bare = took.pop("bare FastAPI route")
        self.add("bare FastAPI route", bare)
        for (name, each), target in zip(took.items(), ("≤ 1.7", "≤ 2.5", ""), strict=True):
            self.add(name, each, bare, "the bare route", target)
        return bare

    def single(self, bare: float) -> None:
        """Measure one reading from one writer, against a bare route and a commit."""
        took = Turns({"commit": self.commit, "reading": self.push_one}).measure(30)
        self.add("one row, one commit in SQL", took["commit"])
        yardstick = bare + took["commit"]
        self.add("one reading, one writer", took["reading"], yardstick, "bare + commit", "≤ 3")

    def batches(self) -> None:
        """Measure batches against the staged upsert in SQL of the same rows."""
        for rows, over, target in (
            (1_000, 1, "≤ 1.6"),
            (1_000, 100, "≤ 1.8"),
            (10_000, 1, "≤ 1.5"),
        ):
            name = f"{rows:,} readings of {over} series"
            made = [self.batch(rows, over) for _ in range(2 * (ROUNDS * 4 + 1))]
            bodies = iter([self.body_of(batch) for batch in made[::2]])
            left = iter(made[1::2])
            ways: dict[str, Callable[[], object]] = {
                "SQL": lambda left=left: upsert(self.connection, next(left)),  # type: ignore[misc]
                "API": lambda bodies=bodies: self.ours.push(next(bodies)),  # type: ignore[misc]
            }
            took = Turns(ways).measure(4)
            self.add(f"{name}: staged upsert in SQL", took["SQL"])
            self.add(f"{name}: API", took["API"], took["SQL"], "SQL", target)

    def reads(self, bare: float) -> None:
        """Measure what pages ask for most."""
        end = START + timedelta(days=7)
        asked = {"series": "sensor-07/temperature", "start": START.isoformat(), "bucket": "1h"}
        week = f"/v1/readings?{urlencode(asked | {'end': end.isoformat()})}"
        known = (self.stand.ids[7], START, end)
        last = "/v1/series/latest?limit=100"
        ways: dict[str, Callable[[], object]] = {
            "a week of hours: SQL": lambda: self.connection.execute(WEEK, known).fetchall(),
            "a week of hours: API": lambda: self.ours.get(week),
            "last values of 100 series: SQL": lambda: self.connection.execute(
                LATEST, (self.ids,)
            ).fetchall(),
            "last values of 100 series: API": lambda: self.ours.get(last),
        }
        took = Turns(ways).measure(20)
        for what in ("a week of hours", "last values of 100 series"):
            sql = took[f"{what}: SQL"]
            self.add(f"{what}: SQL", sql)
            self.add(f"{what}: API", took[f"{what}: API"], 3 * sql + bare, "3 SQL + bare", "≤ 1")

    def writers(self) -> None:
        """Measure eight writers of single readings at once, against commits one after another."""
        commits = 1 / median(durations(self.commit, 500))
        tokens = [self.ours.headers["Authorization"].removeprefix("Bearer ")] * WRITERS
        with ThreadPoolExecutor(WRITERS) as pool:
            list(pool.map(lambda token: self.push_many(token, 10), tokens))
            start = perf_counter()
            list(pool.map(lambda token: self.push_many(token, SINGLES), tokens))
            speed = WRITERS * SINGLES / (perf_counter() - start)
        self.figures.add(Figure(SECTION, "commits in SQL, one client", commits, "a second"))
        name = f"one reading a request, {WRITERS} writers"
        line = Figure(SECTION, name, speed, "a second", speed / commits, "commits", "≥ 0.75")
        self.figures.add(line)

    def push_many(self, token: str, some: int) -> None:
        """Push single readings by a connection of one's own."""
        with calling(self.stand.api_url, token) as caller:
            for _ in range(some):
                caller.push(self.one_reading())

    def add(
        self, name: str, took: float, yardstick: float | None = None, to: str = "", target: str = ""
    ) -> None:
        """Note a duration, and how it stands to a yardstick."""
        ratio = None if yardstick is None else took / yardstick
        self.figures.add(Figure(SECTION, name, took * 1e3, "ms", ratio, to, target))

    def commit(self) -> None:
        """Store one row in a commit of its own."""
        time = BEFORE + timedelta(minutes=next(MINUTES))
        self.connection.execute(ONE_ROW, (self.ids[0], time, 1.5))

    def push_one(self) -> None:
        self.ours.push(self.one_reading())

    def one_reading(self) -> bytes:
        """Write one new reading."""
        time = (BEFORE + timedelta(minutes=next(MINUTES))).isoformat()
        reading = {"sensor": "cost-001", "measure": "temperature", "time": time, "value": 1.5}
        return orjson.dumps({"readings": [reading]})

    def batch(self, rows: int, over: int) -> Rows:
        """Make new rows of so many series."""
        each = rows // over
        first = (BEFORE + timedelta(days=4_500)).replace(tzinfo=None)
        start = np.datetime64(first, "us") + np.timedelta64(next(MINUTES) * 20_000, "s")
        return Rows(
            series_id=np.repeat(np.array(self.ids[:over], dtype=np.int32), each),
            time=np.tile(start + np.arange(each) * np.timedelta64(1, "s"), over),
            value=np.arange(rows) / 8,
        )

    def body_of(self, rows: Rows) -> bytes:
        """Write rows as JSON columns."""
        parts = []
        for place, id_ in enumerate(self.ids):
            own = rows.take(rows.series_id == id_)
            if len(own):
                times = [f"{time}Z" for time in own.time.astype("datetime64[s]").astype(str)]
                columns = {"times": times, "values": own.value.tolist()}
                parts.append({"sensor": f"cost-{place:03d}", "measure": "temperature", **columns})
        return orjson.dumps({"series": parts})
