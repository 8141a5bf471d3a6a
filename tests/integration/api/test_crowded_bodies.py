"""Bodies of few bytes for what they cost: they are refused before the costly part begins."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api import route
from api.bodies import SMALL
from dtbase.formats.weights import DEEPEST, THINGS

HIDING = "\u0122"
"""In UTF-16 its bytes hold a quotation mark, behind which brackets would count for nothing."""


def send(api: TestClient, path: str, body: bytes) -> Any:
    return api.post(path, content=body, headers={"Content-Type": "application/json"})


@pytest.mark.parametrize(
    "inside",
    ["[" * 2 * SMALL, "[" * 2 * SMALL + "]" * 2 * SMALL, "[]," * SMALL + "[]"],
    ids=["torn", "deep", "wide"],
)
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32"])
def test_json_in_another_encoding_is_no_way_around_the_scales(
    api: TestClient, inside: str, encoding: str
) -> None:
    for begun in (f'["{HIDING}",', "["):
        answer = send(api, "/v1/sensors/bulk", f"{begun}{inside}]".encode(encoding))
        assert answer.status_code == 422, answer.text
        assert "List should" not in answer.text  # which is said of what was read


def test_json_may_begin_with_the_mark_of_its_encoding(api: TestClient) -> None:
    things = [{"name": f"measure_{number}", "unit": "degC"} for number in range(600)]
    body = json.dumps(things).encode("utf-8-sig")
    assert send(api, "/v1/measures/bulk", body).status_code == 201


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (json.dumps([dict.fromkeys(map(str, range(THINGS.names + 1)), 0)]), "names"),
        ("[" + "{}," * THINGS.containers + "{}]", "lists and objects"),
        ("[" + "1," * (THINGS.values + 1) + "1]", "values"),
    ],
    ids=["names", "objects", "values"],
)
def test_what_brings_things_holds_no_more_than_a_thread_reads_in_a_moment(
    api: TestClient, body: str, told: str
) -> None:
    answer = send(api, "/v1/sensors/bulk", body.encode())
    assert answer.status_code == 413, answer.text
    assert told in answer.json()["detail"]


def test_more_broken_rules_than_anybody_reads_are_counted_and_not_named(api: TestClient) -> None:
    named = [dict.fromkeys(map(str, range(route.MOST_FINDINGS // 2)), 0)]
    answer = send(api, "/v1/sensors/bulk", json.dumps(named).encode())
    assert (answer.status_code, len(answer.json()["errors"])) == (422, 100)
    flooded = [dict.fromkeys(map(str, range(2 * route.MOST_FINDINGS)), 0)]
    answer = send(api, "/v1/sensors/bulk", json.dumps(flooded).encode())
    assert answer.status_code == 422
    assert answer.json()["detail"] == "the body breaks 20,002 rules, which are too many to name"


@pytest.mark.parametrize("path", ["/v1/sensors", "/v1/sensors/bulk", "/v1/blueprint"])
def test_a_name_as_long_as_a_body_is_neither_compared_nor_repeated(
    api: TestClient, path: str
) -> None:
    thing: Any = {f"{number}{'ab' * 1_000}": 1 for number in range(100)}
    answer = send(api, path, json.dumps([thing] if path.endswith("bulk") else thing).encode())
    assert answer.status_code == 422
    assert len(answer.content) < 100_000
    assert all(len(each["field"]) < 200 for each in answer.json()["errors"])


def test_lists_that_are_too_short_are_told_beside_others_without_looking_at_each_pair(
    api: TestClient,
) -> None:
    outputs = [
        {"measure": f"m{number}", "times": [], "values": [], "nonsense": 1} for number in range(900)
    ]
    answer = send(api, "/v1/runs", json.dumps({"model": "m", "outputs": outputs}).encode())
    assert answer.status_code == 422, answer.text
    rules = {each["rule"].partition(" ")[0] for each in answer.json()["errors"]}
    assert {"List", "there"} <= rules


def test_depth_is_told_for_small_and_large_bodies(api: TestClient) -> None:
    for depth in (DEEPEST + 1, SMALL):
        body = b"[" * depth + b" " * SMALL + b"]" * depth
        answer = send(api, "/v1/sensors/bulk", body)
        assert "nested too deeply" in answer.json()["detail"]
