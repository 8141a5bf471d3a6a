"""JSON Schema's own library, made to count its steps and to search with bounded patterns."""

from collections.abc import Callable, Iterator
from typing import Any

import attrs
from jsonschema import Draft202012Validator, validators
from jsonschema.exceptions import ValidationError

from dtbase.domain.bounds import patterns
from dtbase.domain.bounds.budgets import spend

Keyword = Callable[[Any, Any, Any, Any], Iterator[ValidationError] | None]
Errors = Iterator[ValidationError]

SHORT = 100
"""So many characters of a message cost a step."""

UNCOUNTED = ("unevaluatedItems", "unevaluatedProperties")
"""What the library answers by walking the schema on its own, where nothing counts the steps."""


def size(value: object) -> int:
    """Return how many values a value holds, itself included."""
    if isinstance(value, dict):
        return 1 + sum(map(size, value.values()))
    if isinstance(value, list):
        return 1 + sum(map(size, value))
    return 1 + len(value) // SHORT if isinstance(value, str) else 1


def counted(name: str, keyword: Keyword) -> Keyword:
    """Return a keyword that spends what it does and what it says."""

    def evaluate(validator: Any, value: Any, instance: Any, schema: Any) -> Errors:
        spend(effort(name, value, instance))
        for error in keyword(validator, value, instance, schema) or ():
            spend(sum(len(each.message) for each in (error, *error.context)) // SHORT)
            yield error

    return evaluate


def effort(name: str, value: Any, instance: Any) -> int:
    """Return the steps of a keyword, without those of the schemas below it."""
    if name in {"const", "enum", "required", "dependentRequired"}:
        return size(value)
    if name == "uniqueItems" and isinstance(instance, list):
        return len(instance) * size(instance)
    return 1 + (len(value) // SHORT if isinstance(value, dict | list) else 0)


def readable(pattern: str) -> bool:
    """Tell whether we can search by a pattern; what we cannot is left to the service."""
    try:
        patterns.compiled(pattern)
    except ValueError:
        return False
    return True


def found(pattern: str, text: str) -> bool:
    """Tell whether a text has what a pattern describes, for its steps."""
    spend(patterns.cost(pattern, text))
    return patterns.found(pattern, text)


def pattern(_validator: Any, wanted: str, instance: Any, _schema: Any) -> Errors:
    """Hold a text against a pattern."""
    if isinstance(instance, str) and readable(wanted) and not found(wanted, instance):
        yield ValidationError(f"{instance!r} does not match {wanted!r}")


def pattern_properties(validator: Any, named: Any, instance: Any, _schema: Any) -> Errors:
    """Hold properties against the schemas whose patterns their names match."""
    if not isinstance(instance, dict):
        return
    for wanted, schema in named.items():
        for name, value in instance.items():
            if readable(wanted) and found(wanted, name):
                yield from validator.descend(value, schema, path=name, schema_path=wanted)


def additional_properties(validator: Any, rule: Any, instance: Any, schema: Any) -> Errors:
    """Hold the properties that nothing else names against a schema, or refuse them."""
    if not isinstance(instance, dict):
        return
    by_pattern = list(schema.get("patternProperties", {}))
    extra = [name for name in instance if name not in schema.get("properties", {})]
    if not all(map(readable, by_pattern)):
        return
    extra = [name for name in extra if not any(found(each, name) for each in by_pattern)]
    if rule is False and extra:
        names = ", ".join(map(repr, sorted(extra)))
        verb = "was" if len(extra) == 1 else "were"
        yield ValidationError(f"Additional properties are not allowed ({names} {verb} unexpected)")
    elif isinstance(rule, dict):
        for name in extra:
            yield from validator.descend(instance[name], rule, path=name)


def keywords() -> dict[str, Keyword]:
    """Return every keyword that is evaluated, counting."""
    ours = {
        "pattern": pattern,
        "patternProperties": pattern_properties,
        "additionalProperties": additional_properties,
    }
    known = {**Draft202012Validator.VALIDATORS, **ours}
    counting = {name: counted(name, each) for name, each in known.items()}
    return {**counting, **dict.fromkeys(UNCOUNTED, unknown)}


def unknown(_validator: Any, _value: Any, _instance: Any, _schema: Any) -> Errors:
    """Leave to the service what we do not evaluate."""
    yield from ()


Counted = validators.extend(Draft202012Validator, keywords())
"""A validator that works within the budget of the call that it is in."""

Counted.evolve = attrs.evolve  # the library's own turns to an uncounted class at every $schema
