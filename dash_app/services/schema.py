"""A form's fields from the JSON Schema of a service's parameters, and parameters from the form.

Objects inside are flattened: their fields are named with dots. What is no single value, choice or
list of values is written as JSON.
"""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from dash_app.nouns.lines import json_or_nothing, scalar, text_of_json
from dash_app.tables.noun import Field, Kind, Options, chosen
from dash_app.words import duration_in_words, measure_label
from dtbase.domain.services.secret_parameters import resolved
from dtbase.errors import DTBaseError, Invalid

Node = Mapping[str, Any]
Document = dict[str, Any]

DEEPEST = 4
KINDS = {
    "boolean": Kind.FLAG,
    "integer": Kind.NUMBER,
    "number": Kind.NUMBER,
    "string": Kind.TEXT,
}
SCALARS = {"string", "integer", "number", "boolean"}
TIMES = {
    "date-time": "A time such as 2026-01-31T12:00:00Z",
    "date": "A day such as 2026-01-31",
}


def fields_of(schema: Node) -> list[Field]:
    """Return the fields of a form for parameters."""
    return list(walk(schema, schema, "", depth=0))


def walk(root: Node, schema: Node, prefix: str, depth: int) -> Iterator[Field]:
    """Yield the fields of an object's properties, those of objects inside in their place."""
    needed = schema.get("required", ())
    for name, found in schema.get("properties", {}).items():
        node, may_be_null = plain(root, found)
        place = f"{prefix}{name}"
        if node.get("type") == "object" and node.get("properties") and depth < DEEPEST:
            yield from walk(root, node, f"{place}.", depth + 1)
        else:
            needs = name in needed and not may_be_null
            yield field_of(root, place, node, needed=needs)


def plain(root: Node, node: Node) -> tuple[Document, bool]:
    """Return a schema without its references, and whether it may be null beside one thing."""
    merged = {**followed(root, node), **{k: v for k, v in node.items() if k != "$ref"}}
    choices = [followed(root, each) for each in merged.get("anyOf", merged.get("oneOf", ()))]
    real = [each for each in choices if each.get("type") != "null"]
    if len(real) == 1:
        rest = {k: v for k, v in merged.items() if k not in {"anyOf", "oneOf"}}
        return {**real[0], **rest}, len(choices) > 1
    return merged, False


def followed(root: Node, node: Node) -> Node:
    """Follow a schema's references to where they end; circles end too."""
    for _ in range(DEEPEST):
        target = node.get("$ref")
        if not isinstance(target, str):
            break
        node = (resolved(root, target) if target != "#" else root) or {}
    return node


def field_of(root: Node, place: str, node: Node, *, needed: bool) -> Field:
    """Return the field of one parameter."""
    name = place.rpartition(".")[2]
    make = partial(
        Field,
        place,
        ": ".join(measure_label(part) for part in place.split(".")) or name,
        hint=hint_of(node),
        optional=not needed,
        start=node.get("default"),
    )
    if node.get("writeOnly"):
        return make(Kind.HIDDEN)
    if isinstance(node.get("enum"), list):
        return make(Kind.CHOICE, options=choices_of(node["enum"]))
    if node.get("type") == "array":
        return listed(root, node, make)
    kind = KINDS.get(str(node.get("type")))
    if kind is None:
        return make(Kind.LINES, read=json_or_nothing, write=text_of_json)
    return make(kind)


def listed(root: Node, node: Node, make: "partial[Field]") -> Field:
    """Return the field of a list: boxes for few choices, lines for values, else JSON."""
    items, _ = plain(root, node.get("items", {}))
    if isinstance(items.get("enum"), list):
        return make(Kind.SOME, options=choices_of(items["enum"]))
    if items.get("type") in SCALARS:
        texts = items["type"] == "string"
        hint = " ".join(filter(None, (hint_of(node), "One a line.")))
        read = partial(values_of, texts=texts)
        return make(Kind.LINES, hint=hint, read=read, write=text_of_values)
    return make(Kind.LINES, read=json_or_nothing, write=text_of_json)


def choices_of(values: list[Any]) -> Options:
    """Return fixed choices; what is no text is written as JSON."""
    return chosen({v if isinstance(v, str) else json.dumps(v): str(v) for v in values})


def hint_of(node: Node) -> str:
    """Return what a field is for and within what it must lie."""
    form = duration_of(node) if node.get("format") == "duration" else ""
    form = form or TIMES.get(str(node.get("format")), "")
    parts = (str(node.get("description", "")), form, range_of(node))
    return " ".join(part if part.endswith(".") else f"{part}." for part in parts if part)


def duration_of(node: Node) -> str:
    """Return how a length is written, by that which stands in the field, or by an example."""
    default = str(node.get("default", ""))
    words = duration_in_words(default)
    return f"A length: {default} is {words}" if words else "A length: PT15M is 15 minutes"


def range_of(node: Node) -> str:
    low, high = node.get("minimum"), node.get("maximum")
    if low is not None and high is not None:
        return f"{low:,} to {high:,}"
    if low is not None:
        return f"{low:,} or more"
    return f"At most {high:,}" if high is not None else ""


def values_of(text: str, *, texts: bool) -> list[Any]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines if texts else [scalar(line) for line in lines]


def text_of_values(values: Any) -> str:
    return "\n".join(str(value) for value in values or ())


def parameters_of(fields: list[Field], values: Document) -> Document:
    """Return what was said as nested parameters; what is empty or as by default is left out."""
    found: Document = {}
    for field in fields:
        value = as_meant(field, values[field.name])
        if value in (None, [], ""):
            continue
        if field.optional and value == field.start:
            continue
        put(found, field.name.split("."), value)
    return found


def as_meant(field: Field, value: Any) -> Any:
    """Return a choice as what it stands for."""
    if field.kind is not Kind.CHOICE or not isinstance(value, str) or isinstance(field.start, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def put(found: Document, path: list[str], value: Any) -> None:
    for name in path[:-1]:
        found = found.setdefault(name, {})
    found[path[-1]] = value


def at(parameters: Node, place: str) -> Any:
    """Return what parameters say at a place, None where they say nothing."""
    found: Any = parameters
    for name in place.split("."):
        if not isinstance(found, Mapping) or name not in found:
            return None
        found = found[name]
    return found


def shortened(error: DTBaseError) -> Invalid:
    """Return a refusal whose fields are named as the form names them."""
    told = [
        {**each, "field": each["field"].removeprefix("parameters.")} for each in error.violations
    ]
    return Invalid(error.detail, violations=told)  # type: ignore[arg-type]
