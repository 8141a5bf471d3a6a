"""Levels, counters and states beside means: what reading, writing and keeping them costs."""

from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from http.client import HTTPConnection
from statistics import median
from time import perf_counter
from urllib.parse import urlencode, urlsplit

import numpy as np
import psycopg

from bench.data import END, START, Size
from bench.reads import MONTH, token
from bench.stand import Stand
from bench.table import Figure, Figures
from dtbase.domain.registry.measures import Datatype, Measure, Statistic
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.storage.readings.rows import Rows, binary

KINDS = ("mean", "level", "counter", "state")
MEASURES = (
    Measure(name="mean"),
    Measure(name="level", statistic=Statistic.LEVEL),
    Measure(name="counter", statistic=Statistic.COUNTER),
    Measure(name="state", datatype=Datatype.BOOLEAN, statistic=Statistic.STATE),
)
CHARTS = (("one year, daily", "1d", END), ("one month, hourly", "1h", MONTH))
CHANGES_A_DAY = 48
WARM, TURNS = 12, 60
"""So often is asked before it is measured: by then PostgreSQL has the plans of the statements."""

IDS = """
SELECT measure.name, series.id FROM series JOIN measure ON measure.id = series.measure_id
  JOIN sensor ON sensor.id = series.sensor_id WHERE sensor.identifier = 'kinds'
"""
KEPT = """
SELECT hypertable_size('reading')::float8 / (SELECT count(*) FROM reading)
  + pg_total_relation_size('reading_inside')::float8
    * (SELECT sum(pg_column_size(i.*)) FILTER (WHERE series_id = %(id)s)::float8
            / sum(pg_column_size(i.*)) FROM reading_inside i)
    / (SELECT count(*) FROM reading WHERE series_id = %(id)s)"""
"""Of what is stored of all levels and counters, a level has its share."""


def measure(stand: Stand, size: Size, figures: Figures) -> None:
    """Load a year of each kind, and measure it."""
    with stand.client() as client:
        client.sensor_types.add(SensorType(name="kinds", measures=MEASURES))
        client.sensors.add(NewSensor(identifier="kinds", type="kinds"))
    section = f"kinds, {size.per_series:,} readings each"
    with stand.connect() as connection:
        ids: dict[str, int] = dict(connection.execute(IDS).fetchall())
        costs = {kind: load(connection, rows_of(kind, ids[kind], size)) for kind in KINDS}
        for kind in KINDS:
            ratio = costs[kind] / costs["mean"]
            name = f"{kind}: storing a year with its aggregates"
            figures.add(Figure(section, name, costs[kind] * 1e3, "ms", ratio, "mean", "≤ 1.35"))
        connection.execute("VACUUM ANALYZE reading, reading_inside")  # as it comes to be by itself
        kept = connection.execute(KEPT, {"id": ids["level"]}).fetchone()
        assert kept is not None
        name = "a level's reading with its key, its hours and days"
        figures.add(Figure(section, name, kept[0], "bytes", target="≤ 95"))
    for name, bucket, end in CHARTS:
        took = side_by_side({kind: asking(stand, kind, bucket, end) for kind in KINDS})
        for kind in KINDS:
            ratio = took[kind] / took["mean"]
            line = f"{kind}, {name}: API"
            figures.add(Figure(section, line, took[kind] * 1e3, "ms", ratio, "mean", "≤ 1.5"))


def side_by_side(asks: dict[str, Callable[[], None]]) -> dict[str, float]:
    """Return the median seconds of each, in turns, so that what else runs slows all of them."""
    taken: dict[str, list[float]] = {name: [] for name in asks}
    for turn in range(WARM + TURNS):
        for name, ask in asks.items():
            begun = perf_counter()
            ask()
            if turn >= WARM:
                taken[name].append(perf_counter() - begun)
    return {name: median(each) for name, each in taken.items()}


def rows_of(kind: str, id_: int, size: Size) -> Rows:
    """Return a year of one kind; a state changes every half an hour."""
    times = size.times()
    if kind == "state":
        times = times[:: max(1, round(24 * 60 / CHANGES_A_DAY / size.minutes))]
    random = np.random.default_rng(7)
    match kind:
        case "counter":
            values = random.integers(0, 5, len(times)).cumsum().astype(np.float64)
        case "state":
            values = (np.arange(len(times)) % 2).astype(np.float64)
        case _:
            values = random.normal(10, 2, len(times)).round(2)
    return Rows(np.full(len(times), id_, dtype=np.int32), times, values)


def load(connection: psycopg.Connection, rows: Rows) -> float:
    """Store readings and their aggregates; return the seconds that this took."""
    begun = perf_counter()
    with connection.cursor().copy(
        "COPY reading (series_id, time, value) FROM STDIN (FORMAT binary)"
    ) as out:
        out.write(binary(rows))
    connection.execute("CALL reading_refresh()")
    return perf_counter() - begun


def asking(stand: Stand, kind: str, bucket: str, end: datetime) -> Callable[[], None]:
    """Return a request for a chart of one kind."""
    asked = {
        "series": f"kinds/{kind}",
        "start": START.astimezone(UTC).isoformat(),
        "end": end.isoformat(),
        "bucket": bucket,
        "aggregates": "time" if kind == "state" else "mean",
    }
    path = f"/v1/readings?{urlencode(asked)}"
    headers = {"Authorization": f"Bearer {token(stand)}"}
    connection = HTTPConnection(urlsplit(stand.api_url).netloc)

    def ask() -> None:
        connection.request("GET", path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        assert answer.status == HTTPStatus.OK, body

    return ask
