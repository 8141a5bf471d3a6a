"""Where parameters hold secrets, as a schema says."""

import json
from typing import Any

import pytest

from dtbase.domain.services.secret_parameters import HIDDEN, places, replaced

SECRET = {"type": "string", "writeOnly": True}


def of(**properties: object) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


@pytest.mark.parametrize(
    ("schema", "parameters", "found"),
    [
        (of(key=SECRET), {"key": "a", "other": "b"}, [("key",)]),
        (of(key=SECRET), {}, []),
        (of(key={"anyOf": [SECRET, {"type": "null"}]}), {"key": "a"}, [("key",)]),
        (of(key={"anyOf": [SECRET, {"type": "null"}]}), {"key": None}, []),
        (of(keys={"items": SECRET}), {"keys": ["a", "b"]}, [("keys", 0), ("keys", 1)]),
        (of(keys={"prefixItems": [{}, SECRET]}), {"keys": ["a", "b"]}, [("keys", 1)]),
        (of(keys={"additionalProperties": SECRET}), {"keys": {"x": 1}}, [("keys", "x")]),
        (of(keys={"patternProperties": {"^x": SECRET}}), {"keys": {"y": 1}}, [("keys", "y")]),
        (of(key={"allOf": [{}, of(inner=SECRET)]}), {"key": {"inner": 1}}, [("key", "inner")]),
        (of(key={"writeOnly": True}), {"key": {"inner": 1}}, [("key",)]),
    ],
)
def test_secrets_are_found_wherever_a_schema_has_them(
    schema: dict[str, Any], parameters: dict[str, Any], found: list[tuple[str | int, ...]]
) -> None:
    assert places(schema, parameters) == found
    hidden = replaced(parameters, dict.fromkeys(found, HIDDEN))
    assert json.dumps(hidden).count(HIDDEN) == len(found)


def test_references_are_followed_and_circles_end() -> None:
    node = {"properties": {"key": SECRET, "next": {"$ref": "#/$defs/node"}}}
    schema = {
        "$ref": "#/$defs/node",
        "$defs": {"node": {**node, "allOf": [{"$ref": "#/$defs/node"}]}},
    }
    given: dict[str, Any] = {"key": 1, "next": {"key": 2, "next": {"key": 3}}}
    expected = [("key",), ("next", "key"), ("next", "next", "key")]
    assert sorted(places(schema, given)) == sorted(expected)


def test_a_schema_that_doubles_at_each_step_costs_no_more_than_its_size() -> None:
    definitions: dict[str, Any] = {"d60": SECRET}
    for number in range(60):
        following = {"$ref": f"#/$defs/d{number + 1}"}
        definitions[f"d{number}"] = {"allOf": [following, following]}
    schema = {"properties": {"key": {"$ref": "#/$defs/d0"}}, "$defs": definitions}
    assert places(schema, {"key": "a"}) == [("key",)]
