"""Arrow and Parquet say much in few bytes, true or not: neither costs what it claims."""

from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO

import pyarrow as pa
import pytest
from pyarrow import ipc

from dtbase.domain.readings.findings import Findings
from dtbase.domain.readings.fitting import check_values
from dtbase.domain.registry.measures import Datatype
from dtbase.errors import Invalid, TooLarge
from dtbase.formats import arrow_batches, bodies, unpacking
from tests.unit.readings.test_formats import FORMATS, arrow_table, as_arrow, as_parquet


def packed_rows(rows: int) -> pa.Table:
    """Return readings that are all the same, which packs them to almost nothing."""
    time = pa.scalar(datetime(2026, 1, 1, tzinfo=UTC), pa.timestamp("us", "UTC"))
    return pa.table(
        {
            "sensor": pa.repeat("roof", rows),
            "measure": pa.repeat("temperature", rows),
            "time": pa.repeat(time, rows),
            "value": pa.repeat(1.5, rows),
        }
    )


def test_a_small_file_of_very_many_readings_is_refused_before_it_is_unpacked() -> None:
    body = as_parquet(packed_rows(unpacking.MOST_ROWS + 1))
    assert len(body) < 1_000_000
    with pytest.raises(TooLarge, match="at most 5,000,000 readings; this one has 5,000,001"):
        arrow_batches.decode_parquet(body)


def test_a_small_file_of_long_texts_is_refused_before_it_is_unpacked() -> None:
    table = packed_rows(100_000).set_column(3, "value", pa.repeat("x" * 10_000, 100_000))
    body = as_parquet(table)
    assert len(body) < 1_000_000
    with pytest.raises(TooLarge, match="at most 536,870,912 bytes"):
        arrow_batches.decode_parquet(body)


@pytest.mark.parametrize("compression", ["zstd", "lz4"])
def test_a_stream_with_packed_buffers_is_refused_and_one_with_plain_ones_read(
    compression: str,
) -> None:
    table = packed_rows(1_000)
    for options in (ipc.IpcWriteOptions(), ipc.IpcWriteOptions(compression=compression)):
        sink = BytesIO()
        with ipc.new_stream(sink, table.schema, options=options) as out:
            out.write_table(table)
        if options.compression is None:
            assert len(arrow_batches.decode_arrow(sink.getvalue())) == 1_000
        else:
            with pytest.raises(Invalid, match="compressed buffers"):
                arrow_batches.decode_arrow(sink.getvalue())


def test_a_file_whose_texts_are_dictionaries_says_what_a_plain_one_says() -> None:
    table = packed_rows(3)
    coded = table.set_column(0, "sensor", table["sensor"].dictionary_encode())
    (plain,) = arrow_batches.decode_parquet(as_parquet(table)).segments
    (again,) = arrow_batches.decode_parquet(as_parquet(coded)).segments
    assert (plain.name, plain.values.tolist()) == (again.name, again.values.tolist())


@pytest.mark.parametrize("kind", [pa.decimal128(20, 2), pa.decimal256(50, 2)])
def test_decimal_numbers_are_numbers(kind: pa.DataType) -> None:
    numbers = ["1.10", "9007199254740993.00", "1.50", None]
    decimals = pa.array([None if text is None else Decimal(text) for text in numbers], kind)
    table = arrow_table().take(pa.array([0, 0, 0, 0])).set_column(3, "value", decimals)
    for name, write in (("arrow.stream", as_arrow), ("parquet", as_parquet)):
        (segment,) = bodies.decode(write(table), f"application/vnd.apache.{name}").segments
        found = Findings()
        column = check_values(segment, Datatype.FLOAT, found)
        assert column.value is not None
        assert column.value[:3].tolist() == [1.1, 9007199254740992.0, 1.5]
        assert [(one["row"], one["value"]) for one in found.shown] == [(3, "None")]
        column = check_values(segment, Datatype.INTEGER, found)
        assert column.whole is not None
        assert column.whole[1] == 9007199254740993
        assert [(one["row"], one["value"]) for one in found.shown[1:]] == [
            (0, "1.1"),
            (2, "1.5"),
            (3, "None"),
        ]


NO_UTF8 = pa.array([b"a", b"\xff"])


@pytest.mark.parametrize("column", ["sensor", "measure", "time", "value"])
@pytest.mark.parametrize("name", ["arrow", "parquet"])
def test_texts_that_are_no_utf8_are_refused(name: str, column: str) -> None:
    texts = pa.Array.from_buffers(pa.string(), 2, NO_UTF8.buffers())
    body = (as_arrow if name == "arrow" else as_parquet)(arrow_table(**{column: texts}))
    with pytest.raises(Invalid, match=r"cannot be read: .*Invalid UTF8"):
        bodies.decode(body, FORMATS[name][0])


@pytest.mark.parametrize("part", [b"sensor", b"UTC"])
def test_an_arrow_stream_whose_names_are_no_utf8_is_refused(part: bytes) -> None:
    kind, body = FORMATS["arrow"]
    with pytest.raises(Invalid, match="cannot be read: 'utf-8' codec"):
        bodies.decode(body.replace(part, b"\xff" + part[1:]), kind)


def test_a_dictionary_that_says_more_of_itself_than_is_there_is_refused() -> None:
    table = arrow_table(sensor=pa.array(["aa", "bb"]).dictionary_encode())
    kind, body = FORMATS["arrow"][0], as_arrow(table)
    message = next(m for m in ipc.MessageReader.open_stream(body) if m.type == "dictionary")
    metadata = message.metadata.to_pybytes()
    two = (2).to_bytes(8, "little")  # the dictionary's length, and that of its only node
    many = metadata.replace(two, (1 << 40).to_bytes(8, "little"))
    with pytest.raises(Invalid, match=r"cannot be read: .*too small"):
        bodies.decode(body.replace(metadata, many), kind)
