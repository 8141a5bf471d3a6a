"""Writing: the limit (raw COPY), the staged upsert in SQL, and the API by format and batch size."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import timedelta
from http import HTTPStatus
from http.client import HTTPConnection
from io import BytesIO
from itertools import count
from statistics import median
from time import perf_counter
from urllib.parse import urlsplit

import numpy as np
import orjson
import psycopg
import pyarrow as pa
import requests
from pyarrow import csv, ipc

from bench.data import START, fresh
from bench.stand import Stand
from bench.table import Figure, Figures
from dtbase.storage.readings.readings import STAGED
from dtbase.storage.readings.rows import Rows, binary, stage

TURNS: Iterator[int] = count()
"""Each batch is new: later than all before it."""

BARE = """
CREATE TABLE bare (
  series_id int NOT NULL, time timestamptz NOT NULL,
  value double precision, whole bigint, text text,
  PRIMARY KEY (series_id, time))
"""
HYPER = """
SELECT create_hypertable(%s, by_range('time', interval '30 days'),
  create_default_indexes => false)
"""
UNWATCHED = """
CREATE TABLE unwatched (LIKE reading INCLUDING CONSTRAINTS, PRIMARY KEY (series_id, time))
"""
"""What readings would be stored in if nothing were kept of them but themselves."""

COPY_BARE = "COPY bare (series_id, time, value) FROM STDIN (FORMAT binary)"
BATCHES = (1_000, 10_000, 100_000)
REPEATS = {1_000: 20, 10_000: 10, 100_000: 3}
TARGETS = {("JSON", 10_000): "≥ 0.20", ("CSV", 10_000): "≥ 0.30", ("Arrow", 10_000): "≥ 0.30"}
SINGLES = 3_000
CLIENTS = 8
COMMITS = 1_000
ONE_ROW = """
INSERT INTO reading (series_id, time, value) VALUES (%s, %s, %s)
ON CONFLICT (series_id, time) DO UPDATE SET value = excluded.value
"""
REFRESH_LOCK = "'reading'::regclass::oid::int, 7231"
TURNS_EACH = 15
A_SECOND = {1_000: 30, 10_000: 10, 100_000: 2}
"""About how many batches a second brings."""


def measure(stand: Stand, figures: Figures) -> None:
    """Measure every way to write, at every batch size."""
    with stand.connect() as connection:
        for table, definition in (("bare", BARE), ("unwatched", UNWATCHED)):
            connection.execute(definition)
            connection.execute(HYPER, (table,))
        for batch in BATCHES:
            limit = rate(batch, stand, lambda rows: copy(connection, rows))
            figures.add(Figure("ingest", f"raw COPY, {batch:,} a batch", limit, "rows/s"))
            with_log = rate(batch, stand, lambda rows: upsert(connection, rows))
            to = "raw COPY"
            line = Figure(
                "ingest",
                f"staged upsert in SQL, {batch:,}",
                with_log,
                "rows/s",
                with_log / limit,
                to,
            )
            figures.add(line)
            through_api(stand, figures, batch, limit)
        with refreshing_alone(connection):
            exactness(stand, figures, connection)
    singles(stand, figures)
    writers(stand, figures)


@contextmanager
def refreshing_alone(connection: psycopg.Connection) -> Iterator[None]:
    """Keep the API's own refresher out, so that all work is counted, and nobody else's."""
    connection.execute(f"SELECT pg_advisory_lock({REFRESH_LOCK})")
    try:
        connection.execute("CALL reading_refresh()")
        yield
    finally:
        connection.execute(f"SELECT pg_advisory_unlock({REFRESH_LOCK})")


def rate(batch: int, stand: Stand, write: Callable[[Rows], object]) -> float:
    """Return the rows a second at which new batches are written."""
    taken = []
    for repeat in range(REPEATS[batch] + 1):
        rows = fresh(stand.ids, batch, next(TURNS) * 2_000)
        start = perf_counter()
        write(rows)
        if repeat:
            taken.append(perf_counter() - start)
    return batch / median(taken)


def copy(connection: psycopg.Connection, rows: Rows) -> None:
    """Copy into a hypertable that nothing else hangs on."""
    with connection.cursor() as cursor, cursor.copy(COPY_BARE) as out:
        out.write(binary(rows))


def upsert(connection: psycopg.Connection, rows: Rows) -> None:
    """Upsert in SQL as storage does, log of changed hours included."""
    with connection.transaction(), connection.cursor() as cursor:
        stage(cursor, rows)
        cursor.execute(STAGED.replace)


def through_api(stand: Stand, figures: Figures, batch: int, limit: float) -> None:
    """Measure the API in each format; encoding the request is not counted."""
    with stand.client() as client, requests.Session() as session:
        assert client.tokens is not None
        session.headers["Authorization"] = f"Bearer {client.tokens.access_token}"
        for name, (kind, encode) in FORMATS.items():
            taken = []
            for repeat in range(REPEATS[batch] + 1):
                body = encode(stand, fresh(stand.ids, batch, next(TURNS) * 2_000))
                start = perf_counter()
                answer = session.post(
                    f"{stand.api_url}/v1/readings", body, headers={"Content-Type": kind}
                )
                if repeat:
                    taken.append(perf_counter() - start)
                assert answer.json()["inserted"] == batch, answer.text
            speed = batch / median(taken)
            target = TARGETS.get((name, batch), "")
            line = Figure(
                "ingest",
                f"API, {name}, {batch:,}",
                speed,
                "rows/s",
                speed / limit,
                "raw COPY",
                target,
            )
            figures.add(line)


def names_of(stand: Stand, rows: Rows) -> list[str]:
    first = stand.ids[0]
    return [f"sensor-{id_ - first:02d}" for id_ in rows.series_id.tolist()]


def texts_of(rows: Rows) -> list[str]:
    """Return the times of rows as a client writes them."""
    return [f"{time}Z" for time in rows.time.astype("datetime64[s]").astype(str).tolist()]


def as_json(stand: Stand, rows: Rows) -> bytes:
    """Write rows as JSON columns."""
    parts = []
    for id_ in np.unique(rows.series_id):
        own = rows.take(rows.series_id == id_)
        name = f"sensor-{id_ - stand.ids[0]:02d}"
        columns = {"times": texts_of(own), "values": own.value.tolist()}
        parts.append({"sensor": name, "measure": "temperature", **columns})
    return orjson.dumps({"series": parts})


def as_table(stand: Stand, rows: Rows) -> pa.Table:
    return pa.table(
        {
            "sensor": names_of(stand, rows),
            "measure": ["temperature"] * len(rows),
            "time": pa.array(rows.time).cast(pa.timestamp("us", "UTC")),
            "value": rows.value,
        }
    )


def as_csv(stand: Stand, rows: Rows) -> bytes:
    sink = BytesIO()
    table = as_table(stand, rows)
    csv.write_csv(table.set_column(2, "time", pa.array(texts_of(rows))), sink)
    return sink.getvalue()


def as_arrow(stand: Stand, rows: Rows) -> bytes:
    """Write rows as an Arrow stream."""
    sink = BytesIO()
    table = as_table(stand, rows)
    with ipc.new_stream(sink, table.schema) as out:
        out.write_table(table)
    return sink.getvalue()


FORMATS: dict[str, tuple[str, Callable[[Stand, Rows], bytes]]] = {
    "JSON": ("application/json", as_json),
    "CSV": ("text/csv", as_csv),
    "Arrow": ("application/vnd.apache.arrow.stream", as_arrow),
}


def exactness(stand: Stand, figures: Figures, connection: psycopg.Connection) -> None:
    """Measure what the log and the refresh add to a write, against none of them.

    Batches follow each other in time, and one refresh serves all that a second brings, as in
    the API. The two ways take turns in going first, and each turn has its ratio, because the
    machine's speed drifts.
    """
    for batch in BATCHES:
        ratios, exact = [], []
        for turn in range(TURNS_EACH):
            first, each = next(TURNS) * 2_000, max(batch // len(stand.ids), 1)
            some = [fresh(stand.ids, batch, first + n * each) for n in range(A_SECOND[batch])]
            ways = (write_unwatched, write_exact) if turn % 2 else (write_exact, write_unwatched)
            took = {way: duration(way, connection, some) for way in ways}
            ratios.append(took[write_exact] / took[write_unwatched])
            exact.append(took[write_exact])
        name = f"exact aggregates, {batch:,}: write, log and refresh"
        speed = batch * A_SECOND[batch] / median(exact)
        to = "time without"
        figures.add(Figure("ingest", name, speed, "rows/s", median(ratios), to, "≤ 1.30"))


Write = Callable[[psycopg.Connection, list[Rows]], None]


def duration(write: Write, connection: psycopg.Connection, some: list[Rows]) -> float:
    """Return the seconds that a way to write takes."""
    start = perf_counter()
    write(connection, some)
    return perf_counter() - start


def write_exact(connection: psycopg.Connection, some: list[Rows]) -> None:
    """Upsert batches, and bring the aggregates up to date."""
    for rows in some:
        upsert(connection, rows)
    connection.execute("CALL reading_refresh()")


def write_unwatched(connection: psycopg.Connection, some: list[Rows]) -> None:
    """Upsert batches into the same table without log and aggregates."""
    statement = STAGED.replace.replace(b"INTO reading", b"INTO unwatched AS reading")
    for rows in some:
        with connection.transaction(), connection.cursor() as cursor:
            stage(cursor, rows)
            cursor.execute(statement)


def post_some(stand: Stand, token: str, number: int, some: int) -> None:
    """Post single readings of one sensor, each in a request of its own."""
    host = urlsplit(stand.api_url).netloc
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with closing(HTTPConnection(host)) as connection:
        for turn in range(some):
            reading = {
                "sensor": f"sensor-{number:02d}",
                "measure": "temperature",
                "time": f"2001-01-{1 + turn // 1440:02d}T{turn // 60 % 24:02d}:{turn % 60:02d}:00Z",
                "value": float(turn),
            }
            connection.request(
                "POST", "/v1/readings", orjson.dumps({"readings": [reading]}), headers
            )
            answer = connection.getresponse()
            body = answer.read()
            assert answer.status == HTTPStatus.OK, body


def singles(stand: Stand, figures: Figures) -> None:
    """Measure requests of one reading each, from eight clients to one API process."""
    with stand.client() as client, ThreadPoolExecutor(CLIENTS) as pool:
        assert client.tokens is not None
        token = client.tokens.access_token
        list(pool.map(lambda number: post_some(stand, token, number, 20), range(CLIENTS)))
        start = perf_counter()
        each = SINGLES // CLIENTS
        list(pool.map(lambda number: post_some(stand, token, number, each), range(CLIENTS)))
        speed = SINGLES // CLIENTS * CLIENTS / (perf_counter() - start)
    limit = commits(stand)
    figures.add(Figure("ingest", "one row a commit in SQL, one client", limit, "commits/s"))
    name, to = "API, one reading a request, 8 clients", "commits in SQL"
    figures.add(Figure("ingest", name, speed, "requests/s", speed / limit, to, "≥ 400 a second"))


def commits(stand: Stand) -> float:
    """Return how many rows a second one client upserts in SQL, each in a commit of its own."""
    with stand.connect() as connection:
        start = perf_counter()
        for minute in range(COMMITS):
            time = START - timedelta(days=5_000) + timedelta(minutes=minute)
            connection.execute(ONE_ROW, (stand.ids[0], time, 1.5))
        return COMMITS / (perf_counter() - start)


def writers(stand: Stand, figures: Figures) -> None:
    """Measure four writers at once, on the same series and partly the same times."""
    turns = [[next(TURNS) * 2_000 for _ in range(5)] for _ in range(4)]

    def write(mine: list[int]) -> None:
        with stand.connect() as connection:
            for turn in mine:
                upsert(connection, fresh(stand.ids, 10_000, turn))
                upsert(connection, fresh(stand.ids, 10_000, turn + 100))

    alone = perf_counter()
    write([next(TURNS) * 2_000 for _ in range(5)])
    alone = perf_counter() - alone
    start = perf_counter()
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, turns))
    together = perf_counter() - start
    line = Figure(
        "ingest",
        "four writers at once, 10,000 a batch",
        400_000 / together,
        "rows/s",
        4 * alone / together,
        "one writer",
    )
    figures.add(line)
