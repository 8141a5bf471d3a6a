"""Readings are decoded alike from every format, and what is wrong with them is named."""

import gzip
import json
from io import BytesIO
from itertools import product

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import ipc, parquet

from dtbase.domain.readings.batches import Batch
from dtbase.domain.readings.findings import Findings
from dtbase.domain.readings.fitting import RULES, check_values
from dtbase.domain.registry.measures import Datatype
from dtbase.errors import Invalid, TooLarge
from dtbase.formats import bodies, times

TIMES = ["2026-01-31T12:00:00Z", "2026-01-31T14:30:00+01:00"]
EXPECTED = {
    "a/x": [("2026-01-31T12:00:00.000000", 1.5)],
    "b/x": [("2026-01-31T13:30:00.000000", 2.5)],
}


def arrow_table(**columns: object) -> pa.Table:
    """Return the two readings as a table, some columns exchanged."""
    times = pa.array(["2026-01-31T12:00:00", "2026-01-31T13:30:00"]).cast(pa.timestamp("us"))
    usual = {
        "sensor": ["a", "b"],
        "measure": ["x", "x"],
        "time": times.cast(pa.timestamp("us", "UTC")),
        "value": [1.5, 2.5],
    }
    return pa.table({**usual, **columns})


def as_arrow(table: pa.Table) -> bytes:
    """Write a table as an Arrow stream."""
    sink = BytesIO()
    with ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return sink.getvalue()


def as_parquet(table: pa.Table) -> bytes:
    """Write a table as Parquet."""
    sink = BytesIO()
    parquet.write_table(table, sink)
    return sink.getvalue()


COLUMNS = {
    "series": [
        {"sensor": "a", "measure": "x", "times": [TIMES[0]], "values": [1.5]},
        {"sensor": "b", "measure": "x", "times": [TIMES[1]], "values": [2.5]},
    ]
}
SINGLE = {
    "readings": [
        {"sensor": "b", "measure": "x", "time": TIMES[1], "value": 2.5},
        {"sensor": "a", "measure": "x", "time": TIMES[0], "value": 1.5},
    ]
}
CSV = f"measure,sensor,time,value\nx,a,{TIMES[0]},1.5\nx,b,{TIMES[1]},2.5\n"
FORMATS = {
    "columns": ("application/json", json.dumps(COLUMNS).encode()),
    "single readings": ("application/json; charset=utf-8", json.dumps(SINGLE).encode()),
    "csv": ("text/csv", CSV.encode()),
    "arrow": ("application/vnd.apache.arrow.stream", as_arrow(arrow_table())),
    "arrow, texts": ("application/vnd.apache.arrow.stream", as_arrow(arrow_table(time=TIMES))),
    "parquet": ("application/vnd.apache.parquet", as_parquet(arrow_table())),
}


def content(batch: Batch) -> dict[str, list[tuple[str, float]]]:
    """Return what a batch holds, by series."""
    return {
        segment.name: list(zip(segment.times.astype(str), map(float, segment.values), strict=True))
        for segment in batch.segments
    }


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_brings_the_same_readings(name: str) -> None:
    kind, body = FORMATS[name]
    batch = bodies.decode(body, kind)
    batch.findings.refuse()
    assert content(batch) == EXPECTED


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{"),
        ("application/json", b"\xff"),
        ("application/json", b"[]"),
        ("application/json", b'{"series": [], "readings": []}'),
        ("text/csv", b""),
        ("text/csv", b"a,b\n1,2\n"),
        ("text/csv", b"sensor,measure,time,value\na,b\n"),
        ("text/csv", b"\xff\xfe,,,\n"),
        ("application/vnd.apache.arrow.stream", b"no arrow"),
        ("application/vnd.apache.arrow.stream", b""),
        ("application/vnd.apache.arrow.stream", as_arrow(arrow_table())[:200]),
        ("application/vnd.apache.arrow.stream", as_arrow(pa.table({"x": [1]}))),
        ("application/vnd.apache.arrow.stream", as_arrow(arrow_table(sensor=[[1], [2]]))),
        ("application/vnd.apache.parquet", b"PAR1"),
        ("application/vnd.apache.parquet", as_parquet(arrow_table())[:-20]),
        ("application/x-unknown", b""),
    ],
)
def test_a_malformed_body_is_refused_and_never_fails(kind: str, body: bytes) -> None:
    with pytest.raises(Invalid):
        bodies.decode(body, kind).findings.refuse()


@pytest.mark.parametrize(
    "time", ["2026-01-31T12:00:00", "yesterday", "2026-02-30T12:00:00Z", "", None, 5, True]
)
def test_a_time_without_an_offset_or_sense_is_named_with_its_row(time: object) -> None:
    part = {"sensor": "a", "measure": "x", "times": [TIMES[0], time], "values": [1, 2]}
    batch = bodies.decode(json.dumps({"series": [part]}).encode(), "application/json")
    with pytest.raises(Invalid) as refused:
        batch.findings.refuse()
    (violation,) = refused.value.violations
    assert (violation["series"], violation["row"]) == ("a/x", 1)
    assert "offset" in violation["rule"]


def test_naive_timestamps_of_a_table_are_refused() -> None:
    naive = pa.array([0, 1]).cast(pa.timestamp("us"))
    batch = bodies.decode(as_arrow(arrow_table(time=naive)), FORMATS["arrow"][0])
    assert batch.findings.count == 2


def written(unit: str, *counts: int | None) -> pa.Array:
    """Return timestamps of so many units since 1970."""
    return pa.array(counts, pa.int64()).cast(pa.timestamp(unit, "UTC"))


@pytest.mark.parametrize("count", [2**63 - 1, -(2**63) + 1])
@pytest.mark.parametrize(
    ("name", "unit"),
    [*product(["arrow"], ["s", "ms", "us", "ns"]), *product(["parquet"], ["ms", "us", "ns"])],
)
def test_a_timestamp_outside_the_range_is_named_as_it_was_sent(
    name: str, unit: str, count: int
) -> None:
    write = {"arrow": as_arrow, "parquet": as_parquet}[name]
    batch = bodies.decode(write(arrow_table(time=written(unit, 0, count))), FORMATS[name][0])
    (violation,) = batch.findings.shown
    assert (violation["series"], violation["row"]) == ("b/x", 1)
    assert violation["rule"] == "must lie between 1900-01-01 and 2200-01-01"
    assert violation["value"] == f"{np.array(count).astype(f'datetime64[{unit}]')}Z"
    assert content(batch) == {"a/x": [("1970-01-01T00:00:00.000000", 1.5)]}


def test_a_timestamp_that_microseconds_cannot_hold_is_not_taken_for_another() -> None:
    body = as_arrow(arrow_table(time=written("s", 2**60 + 7, -(2**63))))
    findings = bodies.decode(body, FORMATS["arrow"][0]).findings
    assert [violation["value"] for violation in findings.shown] == [
        "36534630048-05-13T13:56:23Z",
        "-9223372036854775808 s since 1970-01-01T00:00:00Z",
    ]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_timestamps_at_the_ends_of_the_range_are_held_to_it_in_their_own_unit(unit: str) -> None:
    first, end = (
        np.datetime64(day).astype(f"datetime64[{unit}]").astype(int).item()
        for day in ("1900-01-01", "2200-01-01")
    )
    table = arrow_table(time=written(unit, first, end - 1))
    assert bodies.decode(as_arrow(table), FORMATS["arrow"][0]).findings.count == 0
    table = arrow_table(time=written(unit, first - 1, end))
    assert bodies.decode(as_arrow(table), FORMATS["arrow"][0]).findings.count == 2


def test_nanoseconds_are_cut_to_microseconds() -> None:
    batch = bodies.decode(
        as_arrow(arrow_table(time=written("ns", 1_999, 2_000))), FORMATS["arrow"][0]
    )
    assert [segment.times.astype(int).tolist() for segment in batch.segments] == [[1], [2]]


@pytest.mark.parametrize(
    "times",
    [
        written("s", 2**60, None),
        written("s", 2**60, 2**61).cast(pa.timestamp("s")),
        written("s", 2**60, 2**61).dictionary_encode(),
        pa.array([2**31 - 1, -(2**31)], pa.int32()).cast(pa.date32()),
        pa.array([2**62, -(2**62)]).cast(pa.duration("s")),
        pa.array([[2**60], [2**61]], pa.list_(pa.timestamp("s"))),
    ],
)
def test_columns_that_hold_no_time_python_knows_are_refused_by_row(times: pa.Array) -> None:
    findings = bodies.decode(as_arrow(arrow_table(time=times)), FORMATS["arrow"][0]).findings
    assert [violation["row"] for violation in findings.shown] == [0, 1]


def test_a_column_of_times_brings_no_values() -> None:
    table = arrow_table(value=written("s", 2**60, 0))
    with pytest.raises(Invalid, match=r"numbers, truth values or texts, not timestamp\[s"):
        bodies.decode(as_arrow(table), FORMATS["arrow"][0])


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e999", "-1E+400", "1000e306", "9" * 400]
)
def test_what_stands_for_a_number_and_is_none_stands_among_the_values(number: str) -> None:
    body = json.dumps(SINGLE).replace("1.5", number).replace("2.5", str(2**63 - 1))
    first, second = bodies.decode(body.encode(), "application/json").segments
    assert check_values(second, Datatype.INTEGER, Findings()).whole == [2**63 - 1]
    for datatype in Datatype:
        findings = Findings()
        check_values(first, datatype, findings)
        (violation,) = findings.shown
        assert (violation["series"], violation["row"]) == ("a/x", 1)
        assert violation["value"] == number[:100]
        assert violation["rule"] == RULES[datatype]


@pytest.mark.parametrize(
    "body",
    [
        b'{"readings": [NaN}',
        b'{"readings": ["NaN", "\\ud800"]}',
        b'{"readings": NaN, "x": "\xff"}',
        b'{"readings": [NaN]}' + b"[" * 100_000,
        b"[" * 100_000 + b"NaN",
        b"NaN",
        b'{"series": [{"sensor": NaN, "measure": "x", "times": [NaN], "values": [NaN]}]}',
        b'{"series": [{"sensor": "a", "measure": "x", "times": [NaN], "values": [1]}]}',
    ],
)
def test_no_other_fault_of_a_body_is_forgiven_for_such_a_number(body: bytes) -> None:
    with pytest.raises(Invalid):
        bodies.decode(body, "application/json").findings.refuse()


def test_a_part_of_the_wrong_kind_is_named_and_not_called_missing() -> None:
    usual = {"sensor": "a", "measure": "x", "times": TIMES, "values": [1, 2]}
    series = [usual, usual | {"sensor": 5, "measure": None}, usual | {"times": TIMES[0]}]
    batch = bodies.decode(json.dumps({"series": series}).encode(), "application/json")
    assert batch.findings.shown == [
        {"field": "series.1.sensor", "row": 1, "value": "5", "rule": "must be a text"},
        {"field": "series.1.measure", "row": 1, "value": "None", "rule": "must be a text"},
        {"field": "series.2.times", "row": 2, "value": TIMES[0], "rule": "must be a list"},
    ]
    readings = [reading | {"sensor": ["a"]} for reading in SINGLE["readings"]]
    batch = bodies.decode(json.dumps({"readings": readings}).encode(), "application/json")
    assert batch.findings.shown == [
        {"field": "sensor", "row": row, "value": "['a']", "rule": "must be a text"}
        for row in (0, 1)
    ]


def test_a_list_of_a_thousand_levels_is_refused_and_shown_shortened() -> None:
    nested = "[" * 1_000 + "]" * 1_000
    body = json.dumps(SINGLE).replace("1.5", nested).replace('"b"', nested).encode()
    batch = bodies.decode(body, "application/json")
    check_values(batch.segments[0], Datatype.FLOAT, batch.findings)
    assert [violation["row"] for violation in batch.findings.shown] == [0, 1]
    assert all(len(violation["value"]) <= 100 for violation in batch.findings.shown)


@pytest.mark.parametrize("part", [5, {}, {"sensor": 5, "measure": "x"}, {**SINGLE, "x": 1}])
def test_a_part_that_is_missing_or_unknown_is_told_of_the_whole(part: object) -> None:
    body = json.dumps({"series": [part]}).encode()
    (violation,) = bodies.decode(body, "application/json").findings.shown
    assert violation["field"] == "series.0"
    assert violation["rule"].startswith(
        'must have exactly "sensor", "measure", "times" and "values"'
    )


def test_columns_of_unequal_length_are_named() -> None:
    part = {"sensor": "a", "measure": "x", "times": TIMES, "values": [1]}
    batch = bodies.decode(json.dumps({"series": [part]}).encode(), "application/json")
    with pytest.raises(Invalid, match="2 times and 1 values"):
        batch.findings.refuse()


def test_only_a_hundred_broken_rules_are_described_but_all_are_counted() -> None:
    readings = [{"sensor": "a", "measure": "x", "time": "?", "value": 1}] * 250
    batch = bodies.decode(json.dumps({"readings": readings}).encode(), "application/json")
    with pytest.raises(Invalid, match="250 broken rules") as refused:
        batch.findings.refuse()
    assert len(refused.value.violations) == 100


def test_packed_bodies_are_unpacked_up_to_the_limit() -> None:
    body = b"x" * 100_000
    zstd = pa.compress(body, codec="zstd", asbytes=True)
    assert bodies.unpack(gzip.compress(body), "gzip", 100_000) == body
    assert bodies.unpack(zstd, "ZSTD", 100_000) == body
    assert bodies.unpack(body, "", 10) == body
    for packed, encoding in ((gzip.compress(body), "gzip"), (zstd, "zstd")):
        with pytest.raises(TooLarge, match="99999"):
            bodies.unpack(packed, encoding, 99_999)


@pytest.mark.parametrize(("body", "encoding"), [(b"no", "gzip"), (b"no", "zstd"), (b"", "br")])
def test_a_body_that_is_not_packed_as_it_says_is_refused(body: bytes, encoding: str) -> None:
    with pytest.raises(Invalid):
        bodies.unpack(body, encoding, 100)


def test_big_integers_survive_the_column() -> None:
    part = {"sensor": "a", "measure": "n", "times": TIMES, "values": [2**63 - 1, -(2**63)]}
    batch = bodies.decode(json.dumps({"series": [part]}).encode(), "application/json")
    assert batch.segments[0].values.dtype == np.int64
    assert batch.segments[0].values.tolist() == [2**63 - 1, -(2**63)]


@pytest.mark.parametrize("time", ["2026-01-31T12:00:00Z\0", "2026-01-31T12:00:00+01:00\0\0"])
def test_a_time_that_ends_in_nul_is_none(time: str) -> None:
    assert times.parse(time) is None
