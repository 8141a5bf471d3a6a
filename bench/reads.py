"""Reading: raw SQL, SQL on the views, and the API; and what a reading takes on disk."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from http.client import HTTPConnection
from threading import Event, Thread
from time import perf_counter
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit

import psycopg
import requests

from bench.data import END, START, Size, months
from bench.stand import Stand
from bench.table import Figure, Figures, seconds
from dtbase.storage.readings.rows import binary

DAILY_RAW = """SELECT time_bucket('1 day', time), avg(value) FROM reading
 WHERE series_id = %(id)s AND time >= %(start)s AND time < %(end)s GROUP BY 1 ORDER BY 1"""
DAILY_VIEW = """SELECT bucket, sum / n FROM reading_day
 WHERE series_id = %(id)s AND bucket >= %(start)s AND bucket < %(end)s ORDER BY 1"""
HOURLY_RAW = DAILY_RAW.replace("1 day", "1 hour")
HOURLY_VIEW = DAILY_VIEW.replace("reading_day", "reading_hour")
MONTH = START + timedelta(days=30)
LATEST = """SELECT id, last.time, last.value FROM series CROSS JOIN LATERAL (
  SELECT time, value FROM reading WHERE series_id = id ORDER BY time DESC LIMIT 1) last"""
SIZES = """SELECT hypertable_size('reading')::float8 / (SELECT count(*) FROM reading)"""
COMPRESS = "SELECT compress_chunk(c, if_not_compressed => true) FROM show_chunks('reading') c"


def load(stand: Stand, size: Size, figures: Figures) -> None:
    """Load a year by COPY, and store its aggregates."""
    figures.note(f"loading {size.rows:,} rows")
    with stand.connect() as connection:
        empty(connection)
        for rows in months(size, stand.ids):
            with connection.cursor().copy(
                "COPY reading (series_id, time, value) FROM STDIN (FORMAT binary)"
            ) as out:
                out.write(binary(rows))
            connection.execute("CALL reading_refresh()")
        connection.execute("VACUUM ANALYZE reading")


def empty(connection: psycopg.Connection) -> None:
    """Take everything out at once, the stored aggregates too, which no TRUNCATE does by itself."""
    connection.execute("SET dtbase.purging = 'on'")
    connection.execute("TRUNCATE reading")
    connection.execute("RESET dtbase.purging")
    native = connection.execute("SELECT to_regclass('reading_hour_native') IS NOT NULL").fetchone()
    names = ("hour_native", "day_native") if native and native[0] else ("hour_stored", "day_stored")
    for name in (*names, "pending"):
        connection.execute(f"TRUNCATE reading_{name}".encode())


def measure(stand: Stand, size: Size, figures: Figures) -> float:
    """Measure reads at one size, and return what a year by the API takes, in seconds."""
    section = f"reads, {size.rows / 1e6:.1f} M rows"
    with stand.connect() as connection:
        for chart in CHARTS:
            measure_chart(stand, connection, chart, Section(section, figures))
        last = seconds(lambda: connection.execute(LATEST).fetchall())
        name = "last value of 50 series: SQL"
        figures.add(Figure(section, name, last * 1e3, "ms", target="< 5 ms"))
    return seconds(asking(stand, CHARTS[0]), times=60)


@dataclass(frozen=True)
class Chart:
    """What a page asks for: one series, a range, a bucket."""

    name: str
    raw: str
    view: str
    bucket: str
    end: datetime
    target: str = ""


CHARTS = (
    Chart("one year, daily", DAILY_RAW, DAILY_VIEW, "1d", END, "≤ 5"),
    Chart("one month, hourly", HOURLY_RAW, HOURLY_VIEW, "1h", MONTH),
)


class Section(NamedTuple):
    """Where figures go."""

    name: str
    figures: Figures


def measure_chart(
    stand: Stand, connection: psycopg.Connection, chart: Chart, section: Section
) -> None:
    """Measure one chart: SQL on raw readings, SQL on the view, and the API."""
    asked = {"id": stand.ids[7], "start": START, "end": chart.end}
    raw = seconds(lambda: connection.execute(chart.raw.encode(), asked).fetchall())
    view = seconds(lambda: connection.execute(chart.view.encode(), asked).fetchall(), times=60)
    api = seconds(asking(stand, chart), times=60)
    to = "SQL on the view"
    for name, took, target in (("SQL on raw", raw, ""), (to, view, ""), ("API", api, chart.target)):
        line = f"{chart.name}: {name}"
        section.figures.add(Figure(section.name, line, took * 1e3, "ms", took / view, to, target))


def asking(stand: Stand, chart: Chart) -> Callable[[], None]:
    """Return a request for what a chart shows, by a client that costs little itself."""
    asked = {
        "series": "sensor-07/temperature",
        "start": START.isoformat(),
        "end": chart.end.isoformat(),
        "bucket": chart.bucket,
    }
    path = f"/v1/readings?{urlencode(asked)}"
    headers = {"Authorization": f"Bearer {token(stand)}", "Accept-Encoding": "gzip, br, zstd"}
    connection = HTTPConnection(urlsplit(stand.api_url).netloc)

    def ask() -> None:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == HTTPStatus.OK, body

    return ask


def token(stand: Stand) -> str:
    with stand.client() as client:
        assert client.tokens is not None
        return client.tokens.access_token


def authorised(stand: Stand) -> requests.Session:
    """Return a session that carries an access token."""
    session = requests.Session()
    session.headers["Authorization"] = f"Bearer {token(stand)}"
    return session


def space(stand: Stand, figures: Figures, edition: str) -> None:
    """Measure the bytes of a reading with its key, and compressed where the edition can."""
    with stand.connect() as connection:
        plain = scalar(connection, SIZES)
        figures.add(Figure("space", "a reading with its key", plain, "bytes", target="≤ 90"))
        if edition == "community":
            connection.execute(COMPRESS)
            packed = scalar(connection, SIZES)
            figures.add(
                Figure("space", "compressed", packed, "bytes", packed / plain, "plain", "≤ 10")
            )


def scalar(
    connection: psycopg.Connection, query: str, asked: dict[str, int] | None = None
) -> float:
    """Return the one number that a query answers."""
    row = connection.execute(query.encode(), asked).fetchone()
    assert row is not None
    return float(row[0])


def export(stand: Stand, figures: Figures, rows: int) -> None:
    """Measure a CSV export against COPY of the same rows, and the API's memory meanwhile."""
    series = max(rows * len(stand.ids) // 26_280_000, 1)
    with stand.connect() as connection:
        asked = {"last": stand.ids[series - 1]}
        total = scalar(connection, f"SELECT count(*) FROM ({EXPORTED}) q", asked)
        start = perf_counter()
        copy_out(connection, asked)
        limit = total / (perf_counter() - start)
    name = f"COPY … TO STDOUT, {total / 1e6:.1f} M rows"
    figures.add(Figure("export", name, limit, "rows/s"))
    before = stand.memory()
    speed, peak = download(stand, series, total)
    figures.add(Figure("export", "API, CSV", speed, "rows/s", speed / limit, "COPY", "≥ 0.50"))
    grown = (peak - before) / 1e6
    figures.add(Figure("export", "API memory while streaming", grown, "MB more", target="< 100"))


EXPORTED = """SELECT sensor.identifier, measure.name, time, value FROM reading
  JOIN series ON series.id = series_id JOIN sensor ON sensor.id = sensor_id
  JOIN measure ON measure.id = measure_id
 WHERE series_id <= %(last)s ORDER BY series_id, time"""


def copy_out(connection: psycopg.Connection, asked: dict[str, int]) -> None:
    """Let PostgreSQL write the same rows as CSV."""
    query = f"COPY ({EXPORTED}) TO STDOUT (FORMAT csv)"
    with connection.cursor().copy(query.encode(), asked) as out:
        for _ in out:
            pass


def download(stand: Stand, series: int, total: float) -> tuple[float, int]:
    """Download the rows as CSV; return the rows a second and the API's greatest memory."""
    peak = [stand.memory()]
    done = Event()

    def watch() -> None:
        while not done.wait(0.05):
            peak.append(stand.memory())

    watcher = Thread(target=watch)
    watcher.start()
    start = perf_counter()
    lines = count_lines(stand, series)
    took = perf_counter() - start
    done.set()
    watcher.join()
    assert lines == total + 1, (lines, total)
    return total / took, max(peak)


def count_lines(stand: Stand, series: int) -> int:
    """Download some series as CSV and count the lines."""
    params = {
        "series": [f"sensor-{number:02d}/temperature" for number in range(series)],
        "start": START.isoformat(),
        "end": "2199-01-01T00:00:00Z",
        "bucket": "raw",
        "format": "csv",
    }
    with authorised(stand) as session:
        session.headers["Accept-Encoding"] = "identity"
        answer = session.get(f"{stand.api_url}/v1/readings", params=params, stream=True)
        assert answer.ok, answer.text
        return sum(chunk.count(b"\n") for chunk in answer.iter_content(1 << 20))
