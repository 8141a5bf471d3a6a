"""`python -m bench.finding`: finding in years of hours and minutes, however often it holds."""

from collections.abc import Callable
from datetime import timedelta
from time import perf_counter

import numpy as np
import psycopg

from bench.data import END
from bench.kinds import load
from bench.section import section
from bench.stand import Stand
from bench.table import Figure, Figures, seconds
from dtbase.client import Client
from dtbase.domain.registry.measures import Measure
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.storage.readings.rows import Rows

HISTORIES = {
    "hours": (timedelta(hours=1), timedelta(days=3_652)),
    "minutes": (timedelta(minutes=1), timedelta(days=730)),
}
"""How often was read, and for how long."""

CONDITIONS = {
    "seldom": "above 26.5",
    "half of each day": "above 15",
    "nearly always": "above -40",
    "rising": "rising 4",
    "silent": "silent",
}
IDS = """
SELECT measure.name, series.id FROM series JOIN measure ON measure.id = series.measure_id
  JOIN sensor ON sensor.id = series.sensor_id WHERE sensor.identifier = 'history'
"""


def main() -> None:
    """Measure, print the table, and write it to bench/RESULTS.md."""
    section("Finding", measure)


def measure(stand: Stand, figures: Figures) -> None:
    """Load both histories, and ask of each when conditions held."""
    with stand.client() as client, stand.connect() as connection:
        measures = tuple(Measure(name=name, unit="degC") for name in HISTORIES)
        client.sensor_types.add(SensorType(name="history", measures=measures))
        client.sensors.add(NewSensor(identifier="history", type="history"))
        ids: dict[str, int] = dict(connection.execute(IDS).fetchall())
        for name in HISTORIES:
            load(connection, history(name, ids[name]))
        connection.execute("VACUUM ANALYZE reading")
        for name in HISTORIES:
            ask_all(client, connection, name, ids[name], figures)


def ask_all(
    client: Client, connection: psycopg.Connection, name: str, id_: int, figures: Figures
) -> None:
    step, length = HISTORIES[name]
    section = f"find, {length // step:,} {name}"
    scan = "SELECT count(*) FILTER (WHERE value > 15) FROM reading WHERE series_id = %(id)s"
    plain = seconds(lambda: connection.execute(scan, {"id": id_}).fetchone())
    figures.add(Figure(section, "a count of what lies above: SQL", plain * 1e3, "ms"))
    for what, condition in CONDITIONS.items():
        asked = asking(client, f"history/{name} {condition}")
        cold = perf_counter()
        asked()
        figures.note(f"first {perf_counter() - cold:.2f} s")
        took = seconds(asked)
        figures.add(
            Figure(section, f"when: {what}", took * 1e3, "ms", took / plain, "SQL", "< 2,000 ms")
        )


def asking(client: Client, condition: str) -> Callable[[], object]:
    return lambda: client.find.when(condition, end=END, traces=5)


def history(name: str, id_: int) -> Rows:
    """Return days that are warm at noon and years that are warm in July, with noise; gaps too."""
    step, length = HISTORIES[name]
    count = length // step
    random = np.random.default_rng(11)
    times = np.datetime64((END - length).replace(tzinfo=None), "us") + np.arange(
        count
    ) * np.timedelta64(step)
    days = np.arange(count) * (step / timedelta(days=1))
    values = 10 - 8 * np.cos(2 * np.pi * days) - 6 * np.cos(2 * np.pi * days / 365.25)
    values = (values + random.normal(0, 1, count)).round(2)
    kept = random.random(count) > 0.001  # some are missing
    ids = np.full(int(kept.sum()), id_, dtype=np.int32)
    return Rows(ids, times[kept], values[kept])


if __name__ == "__main__":
    main()
