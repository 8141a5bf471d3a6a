"""CSV is what Python itself would write and read, whatever the names, times and zones."""

import csv
from datetime import UTC, datetime
from io import StringIO
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dtbase.domain.readings.answers import Format, accepted
from dtbase.formats import csv_answers

ZONES = ["UTC", "Europe/London", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]
moments = st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31))  # noqa: DTZ001 - of UTC


@settings(deadline=None)
@given(
    times=st.lists(moments, min_size=1, max_size=30),
    zone=st.sampled_from(ZONES),
    whole=st.booleans(),
)
def test_times_are_written_as_python_writes_them(
    times: list[datetime], zone: str, whole: bool
) -> None:
    aware = [time.replace(microsecond=0 if whole else time.microsecond) for time in times]
    numbers = np.array(aware, dtype="datetime64[us]").astype(np.int64)
    expected = [time.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).isoformat() for time in aware]
    written = csv_answers.iso(numbers, ZoneInfo(zone)).to_pylist()
    assert [text.replace("Z", "+00:00") for text in written] == expected


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(st.characters(codec="utf-8")), st.floats()), max_size=20))
def test_texts_and_numbers_are_read_back_as_they_were(rows: list[tuple[str, float]]) -> None:
    schema = pa.schema([("time", pa.timestamp("us", "UTC")), ("a,b", pa.string()), ("c", "f8")])
    batch = pa.RecordBatch.from_arrays(
        [
            pa.array([0] * len(rows), schema.field("time").type),
            pa.array([text for text, _ in rows], pa.string()),
            pa.array([number for _, number in rows], pa.float64(), from_pandas=True),
        ],
        schema=schema,
    )
    written = b"".join(csv_answers.encode(schema, [batch] if rows else [])).decode()
    header, *read = csv.reader(StringIO(written, newline=""))
    assert header == ["time", "a,b", "c"]
    assert [text for _, text, _ in read] == [text for text, _ in rows]
    for (_, _, number), (_, expected) in zip(read, rows, strict=True):
        assert number == "" if np.isnan(expected) else float(number) == expected


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", Format.JSON),
        ("*/*", Format.JSON),
        ("text/csv", Format.CSV),
        ("text/csv;q=0.5, application/vnd.apache.parquet", Format.PARQUET),
        ("application/vnd.apache.arrow.stream, */*;q=0.1", Format.ARROW),
        ("text/csv;q=0, application/json;q=0.1", Format.JSON),
        ("text/csv;q=none, text/html", Format.JSON),
        ("text/html,application/xhtml+xml,*/*;q=0.8", Format.JSON),
    ],
)
def test_the_best_liked_format_that_we_write_is_chosen(accept: str, expected: Format) -> None:
    assert accepted(accept) is expected
