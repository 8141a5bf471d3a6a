"""Schemas of other people: held against parameters within a budget of steps, never a clock."""

from typing import Any

import pytest

from dtbase.domain.json_schemas import check, check_schema
from dtbase.errors import Invalid


def doubling(word: str, depth: int = 24) -> dict[str, Any]:
    """Return a schema in which each definition refers twice to the next one."""
    steps: dict[str, Any] = {
        f"d{n}": {word: [{"$ref": f"#/$defs/d{n + 1}"}, {"$ref": f"#/$defs/d{n + 1}"}]}
        for n in range(depth)
    }
    return {"$defs": {**steps, f"d{depth}": {"type": "object"}}, "$ref": "#/$defs/d0"}


OTHER_DRAFT = "http://json-schema.org/draft-07/schema#"
HOSTILE: dict[str, dict[str, Any]] = {
    "two references 24 deep": doubling("allOf"),
    "alternatives 24 deep": {**doubling("oneOf")},
    "hidden behind another draft": {
        "$defs": {
            **doubling("allOf")["$defs"],
            "x": {"$schema": OTHER_DRAFT, "$ref": "#/$defs/d0"},
        },
        "$ref": "#/$defs/x",
    },
    "an enum of 100,000": {"properties": {"a": {"enum": [0] * 100_000}}},
    "a thousand schemas": {"allOf": [True] * 1_000},
    "a thousand properties": {"properties": {f"p{n}": {"type": "string"} for n in range(1_000)}},
    "an anchor": {"$defs": {"a": {"$anchor": "a"}}, "$ref": "#a"},
    "an id of its own": {"$defs": {"a": {"$id": "http://a/b"}}},
    "a dynamic reference": {"$dynamicRef": "#meta"},
    "unevaluated properties": {"unevaluatedProperties": False},
    "a pattern that is large": {"properties": {"a": {"pattern": r"(\w{99}){99}"}}},
    "a pattern with look-ahead": {"properties": {"a": {"pattern": "(?=a)"}}},
    "names by a pattern that is large": {"patternProperties": {r"(\w{99}){99}": True}},
    "many large patterns": {
        "properties": {f"p{n}": {"pattern": f"[a{n}]{{999}}"} for n in range(99)}
    },
    "a reference elsewhere": {"$ref": "http://example.org/schema"},
    "a reference into a default": {"default": {"pattern": "("}, "$ref": "#/default"},
    "a circle": {"$ref": "#"},
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("schema", HOSTILE.values(), ids=HOSTILE)
def test_a_schema_that_means_too_much_work_is_refused(schema: dict[str, Any]) -> None:
    with pytest.raises(
        ValueError, match=r"may not|may give|must be|too large|too long|cannot be read|may refer"
    ):
        check_schema(schema)


def tree() -> dict[str, Any]:
    """Return a schema whose every level holds its instance twice against itself."""
    node = {"properties": {"a": {"allOf": [{"$ref": "#/$defs/node"}] * 2}}}
    return {"$defs": {"node": node}, "$ref": "#/$defs/node"}


def nested(depth: int) -> dict[str, Any]:
    return {"a": nested(depth - 1)} if depth else {}


COSTLY: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "doubling with each level": (tree(), nested(24)),
    "many unique things": (
        {"properties": {"a": {"uniqueItems": True}}},
        {"a": [[n] for n in range(5_000)]},
    ),
    "a long enum often": (
        {"properties": {"a": {"items": {"enum": list(range(5_000))}}}},
        {"a": list(range(5_000))},
    ),
    "a long refusal often": (
        {"properties": {"a": {"allOf": [{"type": "string"}] * 500}}},
        {"a": ["x" * 90] * 1_000},
    ),
    "a heavy pattern on a long text": (
        {"properties": {"a": {"pattern": r"(.{0,30}){0,30}Q$"}}},
        {"a": "ab1 " * 20_000},
    ),
    "more than anything may have": ({}, {"a": "x" * 100_000}),
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize(("schema", "parameters"), COSTLY.values(), ids=COSTLY)
def test_parameters_that_take_too_many_steps_are_refused(
    schema: dict[str, Any], parameters: dict[str, Any]
) -> None:
    check_schema(schema)
    with pytest.raises(Invalid, match=r"steps|characters"):
        check(schema, parameters)


@pytest.mark.timeout(60)
def test_a_pattern_is_held_against_parameters_in_linear_time() -> None:
    schema = check_schema({"properties": {"a": {"pattern": "^(a+)+$"}}})
    check(schema, {"a": "a" * 35})
    with pytest.raises(Invalid, match=r"parameters.a: .* does not match"):
        check(schema, {"a": "a" * 35 + "!"})


def test_names_are_held_against_patterns_and_what_remains_is_refused() -> None:
    schema = check_schema(
        {
            "properties": {"site": {"type": "string"}},
            "patternProperties": {"^n_": {"type": "number"}},
            "additionalProperties": False,
        }
    )
    check(schema, {"site": "north", "n_days": 3})
    with pytest.raises(Invalid, match=r"parameters.n_days: 'x' is not of type 'number'"):
        check(schema, {"n_days": "x"})
    with pytest.raises(Invalid, match=r"parameters.days: is no parameter of the service"):
        check(schema, {"days": 3})


def test_what_is_left_over_is_held_against_a_schema() -> None:
    schema = check_schema({"additionalProperties": {"type": "number"}})
    check(schema, {"days": 3})
    with pytest.raises(Invalid, match=r"parameters.days: 'x' is not of type 'number'"):
        check(schema, {"days": "x"})


def test_a_tree_of_things_that_refers_to_itself_is_held_at_every_level() -> None:
    node: Any = {"type": "object", "properties": {"below": {"items": {"$ref": "#/$defs/node"}}}}
    schema = check_schema({"$id": "http://a/b", "$defs": {"node": node}, "$ref": "#/$defs/node"})
    check(schema, {"below": [{"below": [{}]}]})
    with pytest.raises(Invalid, match=r"parameters.below.0.below.0: 3 is not of type 'object'"):
        check(schema, {"below": [{"below": [3]}]})


def test_what_a_package_says_and_we_cannot_search_by_is_left_to_its_service() -> None:
    check({"properties": {"a": {"pattern": "(?=a)b"}}}, {"a": "c"})
