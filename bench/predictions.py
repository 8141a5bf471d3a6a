"""Predictions: days aggregated at read against days that were stored, for a run of minutes."""

from datetime import timedelta

import psycopg

from bench.data import START
from bench.stand import Stand
from bench.table import Figure, Figures, seconds

RUNS = 500
"""Hourly runs of two days beside the long one, so that it does not stand alone."""

MINUTES = 14 * 24 * 60
FILL = """
INSERT INTO prediction (output_id, time, value, lower, upper)
SELECT output, %(start)s::timestamptz + step * %(every)s::interval, 10 + random(),
       ARRAY[9.0, 8.0], ARRAY[12.0, 13.0]
  FROM generate_series(%(first)s::int, %(last)s::int) output,
       generate_series(1, %(steps)s::int) step
"""
AT_READ = """SELECT time_bucket('1 day', time), count(*), avg(value), min(value), max(value)
  FROM prediction WHERE output_id = 1 AND time >= %(start)s AND time < %(end)s GROUP BY 1"""
STORE = """CREATE TABLE prediction_day AS
  SELECT output_id, time_bucket('1 day', time) AS bucket, count(*) AS n, sum(value), min(value),
         max(value) FROM prediction GROUP BY 1, 2;
ALTER TABLE prediction_day ADD PRIMARY KEY (output_id, bucket)"""
STORED = """SELECT bucket, n, sum / n, min, max FROM prediction_day
 WHERE output_id = 1 AND bucket >= %(start)s AND bucket < %(end)s"""


def measure(stand: Stand, figures: Figures) -> None:
    """Measure what storing the days of predictions would gain a reader, and cost on disk."""
    with stand.connect() as connection:
        fill(connection)
        connection.execute(STORE.encode())
        asked = {"start": START, "end": START + timedelta(days=15)}
        read = seconds(lambda: connection.execute(AT_READ.encode(), asked).fetchall())
        stored = seconds(lambda: connection.execute(STORED.encode(), asked).fetchall())
    name = "predictions, days of 20,160 minutes"
    figures.add(
        Figure("predictions", f"{name}: at read", read * 1e3, "ms", read / stored, "stored")
    )
    figures.add(Figure("predictions", f"{name}: stored", stored * 1e3, "ms"))


def fill(connection: psycopg.Connection) -> None:
    """Write one long run of minutes and many short ones of hours."""
    long = {"first": 1, "last": 1, "steps": MINUTES, "every": "1 minute", "start": START}
    short = {"first": 2, "last": RUNS, "steps": 48, "every": "1 hour", "start": START}
    for what in (long, short):
        connection.execute(FILL.encode(), what)
    connection.execute("ANALYZE prediction")
