"""Parameters that nobody may see: those that the schema of a service marks as `writeOnly`.

Pydantic does so for a SecretStr.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import JsonValue

from dtbase.domain.names import Parameters

HIDDEN = "**********"
"""What stands in the place of a secret."""

CHOICES = ("anyOf", "oneOf", "allOf")

Place = tuple[str | int, ...]
Node = Mapping[str, Any]


def key_of(place: Place) -> str:
    """Return the name under which the secret of a place is stored."""
    return json.dumps(place)


def places(schema: Node, parameters: Parameters) -> list[Place]:
    """Return where these parameters hold a secret."""
    return list(dict.fromkeys(search(schema, schema, parameters, ())))


def search(root: Node, schema: Node, value: JsonValue, at: Place) -> Iterator[Place]:
    """Go through a value along its schema."""
    for part in parts_of(root, schema, set()):
        if part.get("writeOnly") is True and value is not None and at:
            yield at
            continue
        for step, inner in inside(value):
            for found in schemas_of(part, step):
                yield from search(root, found, inner, (*at, step))


def inside(value: JsonValue) -> Iterable[tuple[str | int, JsonValue]]:
    """Return what an object or a list holds, by name or number."""
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def parts_of(root: Node, schema: Node, seen: set[str]) -> Iterator[Node]:
    """Yield a schema, and each that it refers to or chooses among, once."""
    yield schema
    target = schema.get("$ref")
    if isinstance(target, str) and target.startswith("#/") and target not in seen:
        seen.add(target)
        found = resolved(root, target)
        if found is not None:
            yield from parts_of(root, found, seen)
    for how in CHOICES:
        for each in nodes(schema.get(how)):
            yield from parts_of(root, each, seen)


def resolved(root: Node, target: str) -> Node | None:
    """Follow a reference within a document."""
    found: Any = root
    for name in target.removeprefix("#/").split("/"):
        if not isinstance(found, Mapping) or name not in found:
            return None
        found = found[name]
    return found if isinstance(found, Mapping) else None


def schemas_of(part: Node, step: str | int) -> list[Node]:
    """Return the schemas of an item or a property; of patterns all, to be on the safe side."""
    if isinstance(step, int):
        return nodes(part.get("prefixItems"))[step : step + 1] or nodes([part.get("items")])
    own = part.get("properties")
    if isinstance(own, Mapping) and step in own:
        return nodes([own[step]])
    patterns = part.get("patternProperties")
    others = list(patterns.values()) if isinstance(patterns, Mapping) else []
    return nodes([*others, part.get("additionalProperties")])


def nodes(found: object) -> list[Node]:
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def value_at(parameters: Parameters, place: Place) -> JsonValue:
    found: Any = parameters
    for step in place:
        found = found[step]
    return found  # type: ignore[no-any-return]


def replaced(parameters: Parameters, values: Mapping[Place, JsonValue]) -> Parameters:
    """Return parameters with other values at some places; those that are not there are left out."""
    copy: Any = json.loads(json.dumps(parameters))
    for place, value in values.items():
        found = copy
        try:
            for step in place[:-1]:
                found = found[step]
            if found[place[-1]] is not None:
                found[place[-1]] = value
        except (KeyError, IndexError, TypeError):
            continue
    return copy  # type: ignore[no-any-return]
