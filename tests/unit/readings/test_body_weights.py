"""What a body takes is told from its bytes, wherever they are cut."""

import gzip

import pytest

from dtbase.errors import Invalid, TooLarge
from dtbase.formats import weights

JSON = "application/json"
LIMIT = 64 * 1024 * 1024


def pieces(body: bytes, size: int) -> list[bytes]:
    return [body[start : start + size] for start in range(0, len(body), size)]


@pytest.mark.parametrize("size", [1, 2, 3, 1_000])
def test_brackets_in_texts_count_for_nothing_however_the_body_is_cut(size: int) -> None:
    body = rb'{"a": "[[[\"[[\\\"[", "b\\": ["\\", 1], "c": "' + b"[" * 200 + b'"}'
    found = weights.weigh_json(pieces(body, size))
    assert found == 2 * len(body) + 2 * weights.CONTAINER + 3 * weights.VALUE


def test_what_is_nested_too_deeply_is_refused_and_what_is_just_not_is_taken() -> None:
    deepest = weights.DEEPEST
    assert weights.weigh_json([b"[" * deepest + b"]" * deepest])
    with pytest.raises(Invalid, match="nested too deeply"):
        weights.weigh_json([b"[" * deepest, b'{"a": 1'])


@pytest.mark.parametrize("unit", [b"[],", b"{},"])
def test_too_many_lists_or_objects_are_refused(unit: bytes) -> None:
    with pytest.raises(TooLarge, match="at most 2,000,000 lists and objects"):
        weights.weigh(b"[" + unit * weights.READINGS.containers + b"1]", "", JSON, LIMIT)


def test_too_many_values_are_refused() -> None:
    with pytest.raises(TooLarge, match="12,000,000 values"):
        weights.weigh(b"[" + b"1," * (weights.READINGS.values + 1) + b"1]", "", JSON, LIMIT)


def test_a_packed_body_weighs_what_it_holds() -> None:
    body = b'{"readings": [' + b"1," * 100_000 + b"1]}"
    plain = weights.weigh(body, "", JSON, LIMIT)
    assert weights.weigh(gzip.compress(body), "gzip", JSON, LIMIT) == plain
    with pytest.raises(TooLarge, match="unpacked"):
        weights.weigh(gzip.compress(body), "gzip", JSON, 1_000)


def test_what_is_no_parquet_is_left_to_its_reader_to_refuse() -> None:
    assert weights.weigh(b"PAR1" * 10, "", "application/vnd.apache.parquet", LIMIT) == 40
