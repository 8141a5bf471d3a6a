"""Rows that come in order, as most do, are treated as are those that come in any other order."""

import numpy as np
import pyarrow as pa
import pytest

from dtbase.formats import arrow_batches
from dtbase.storage.readings.rows import (
    BINARY_END,
    BINARY_HEADER,
    MARKED_ROW,
    Rows,
    binary,
    distinct,
)

RANDOM = np.random.default_rng(11)


def rows_of(series: list[int], minutes: list[int]) -> Rows:
    times = np.datetime64("2026-01-01", "us") + np.array(minutes) * np.timedelta64(1, "m")
    values = np.arange(len(series), dtype=np.float64)
    return Rows(np.array(series, dtype=np.int32), times, values)


def test_rows_in_order_stay_and_are_those_that_sorting_gives() -> None:
    ordered = rows_of([1, 1, 2, 2, 3], [5, 6, 1, 2, 5])
    found = distinct(ordered, last=True)
    shuffled = distinct(ordered.take(RANDOM.permutation(5)), last=True)
    assert found.rows is ordered
    assert binary(found.rows) == binary(shuffled.rows)
    assert (found.repeated, len(found.differing)) == (0, 0)


@pytest.mark.parametrize(
    ("series", "minutes"), [([1, 1], [6, 5]), ([2, 1], [5, 6]), ([1, 2, 1], [5, 5, 6])]
)
def test_rows_out_of_order_are_sorted(series: list[int], minutes: list[int]) -> None:
    found = distinct(rows_of(series, minutes), last=True).rows
    keys = [*zip(found.series_id.tolist(), found.time.tolist(), strict=True)]
    assert keys == sorted(keys)


@pytest.mark.parametrize(("last", "left"), [(True, [1.0, 2.0]), (False, [0.0, 2.0])])
def test_a_reading_that_stands_there_twice_is_not_in_order(last: bool, left: list[float]) -> None:
    found = distinct(rows_of([1, 1, 2], [5, 5, 5]), last=last)
    assert found.rows.value.tolist() == left
    assert (found.repeated, len(found.differing)) == (1, 1)


def test_rows_are_written_with_their_marks_between_head_and_end() -> None:
    rows = rows_of([7, 8], [0, 1])
    rows = Rows(rows.series_id, rows.time, rows.value, mark=np.array([1, 32], dtype=np.int16))
    written = bytes(binary(rows, marked=True))
    assert written.startswith(BINARY_HEADER)
    assert written.endswith(BINARY_END)
    read = np.frombuffer(written[len(BINARY_HEADER) : -len(BINARY_END)], MARKED_ROW)
    assert read["fields"].tolist() == [4, 4]
    assert read["series_id"].tolist() == [7, 8]
    assert read["value"].tolist() == [0.0, 1.0]
    assert read["mark"].tolist() == [1, 32]
    assert (read["time"][1] - read["time"][0]) == 60_000_000


@pytest.mark.parametrize(("sensors", "measures"), [(1, 1), (3, 4), (40, 30)])
def test_a_table_is_split_into_its_series_however_many_names_there_are(
    sensors: int, measures: int
) -> None:
    """Few combinations of names are counted; of many, those that occur are sorted out."""
    names = [(f"s{RANDOM.integers(sensors)}", f"m{RANDOM.integers(measures)}") for _ in range(200)]
    table = pa.table(
        {
            "sensor": [sensor for sensor, _ in names],
            "measure": [measure for _, measure in names],
            "time": pa.array(range(200), pa.timestamp("us", "UTC")),
            "value": [float(place) for place in range(200)],
        }
    )
    batch = arrow_batches.from_table(table)
    found = {(each.sensor, each.measure): each.rows.tolist() for each in batch.segments}
    wanted: dict[tuple[str, str], list[int]] = {}
    for place, name in enumerate(names):
        wanted.setdefault(name, []).append(place)
    assert found == wanted
    assert [each.values.tolist() for each in batch.segments] == [
        [float(row) for row in each.rows] for each in batch.segments
    ]
