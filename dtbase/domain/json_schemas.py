"""Parameters held against their JSON Schema, without the program that will read them."""

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from jsonschema.exceptions import ValidationError
from pydantic import JsonValue
from referencing import Registry
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from dtbase.domain.bounds import patterns
from dtbase.domain.bounds.budgets import Exhausted, at_most, spend
from dtbase.domain.bounds.schemas import UNCOUNTED, Counted
from dtbase.errors import Invalid, Violation

SHOWN = 100
LONGEST = 100_000
"""Characters of a schema, and of parameters."""

READING = 20_000
"""Steps that reading a schema may take: some six hundred schemas in it."""

HOLDING = 50_000
"""Steps that holding parameters against a schema may take."""

HOLDING_MANY = 10 * HOLDING
"""Steps for all that one request holds against schemas: sets and schedules come by the thousand."""

UNREADABLE = (Unresolvable, RecursionError, ArithmeticError, TypeError, ValueError)
"""What a schema does that is well formed and means nothing: a lost reference, a wrong type."""

FOREIGN = ("$anchor", "$dynamicAnchor", "$dynamicRef", *UNCOUNTED)
OWN = re.compile(r"#(/(\$defs|definitions)/[^/]+)?")
OWN_ONLY = "may refer to its own $defs only, and not in circles"
TOO_COSTLY = "is too large, or refers to itself too often, to hold anything against it"

NOWHERE: Registry[Any] = Registry()
"""Where references to other documents are looked up: no schema makes us fetch anything."""

Document = dict[str, JsonValue]


def check_schema(schema: Document) -> Document:
    """Refuse what is not a JSON Schema of an object, means too much work, or refers elsewhere."""
    if len(json.dumps(schema)) > LONGEST:
        raise ValueError(f"must be at most {LONGEST} characters of JSON")
    try:
        with at_most(READING):
            read(schema)
    except Exhausted as error:
        raise ValueError(TOO_COSTLY) from error
    except (Unresolvable, RecursionError, ArithmeticError, TypeError) as error:
        raise ValueError(OWN_ONLY) from error
    return schema


def read(schema: Document) -> None:
    """Refuse what is no schema, and what cannot be evaluated."""
    for error in Counted(Counted.META_SCHEMA).iter_errors(schema):
        raise ValueError(f"is no JSON Schema: {error.message[:200]}")
    for inner in schemas_in(schema):
        check_words(inner, outermost=inner is schema)
    Counted(schema, registry=NOWHERE).is_valid({})


def schemas_in(schema: Any) -> Iterator[Document]:
    """Yield a schema and those that it is made of."""
    if not isinstance(schema, dict):
        return
    yield schema
    for inner in DRAFT202012.create_resource(schema).subresources():
        yield from schemas_in(inner.contents)


def check_words(schema: Document, *, outermost: bool) -> None:
    """Refuse words that send an evaluation anywhere, and patterns that cannot be read."""
    if foreign := [word for word in FOREIGN if word in schema]:
        raise ValueError(f"may not use {foreign[0]}")
    if not outermost and "$id" in schema:
        raise ValueError("may give an $id to the whole only")
    if not OWN.fullmatch(str(schema.get("$ref", "#"))):
        raise ValueError(OWN_ONLY)
    named = schema.get("patternProperties")
    for pattern in (schema.get("pattern"), *(named if isinstance(named, dict) else ())):
        if isinstance(pattern, str):
            spend(patterns.weight(pattern))
            patterns.compiled(pattern)


def check(schema: Document, parameters: Document) -> None:
    """Refuse parameters that do not fit, naming each field and its rule."""
    if len(json.dumps(parameters)) > LONGEST:
        raise Invalid(f"parameters may have {LONGEST} characters of JSON", field="parameters")
    try:
        with at_most(HOLDING):
            found = list(islice(Counted(schema, registry=NOWHERE).iter_errors(parameters), SHOWN))
    except Exhausted as error:
        raise Invalid(
            "holding the parameters against the service's schema takes too many steps",
            field="parameters",
        ) from error
    except UNREADABLE as error:
        raise Invalid("the service's schema cannot be read", field="parameters") from error
    if found:
        raise refusal(sorted(found, key=lambda error: error.json_path))


def refusal(found: list[ValidationError]) -> Invalid:
    """Return the error that names each broken rule."""
    violations = [violation(error) for error in found]
    least = "at least " if len(found) == SHOWN else ""
    more = f" (and {least}{len(found) - 1} more)" if found[1:] else ""
    first = violations[0]
    return Invalid(f"{first['field']}: {first['rule']}{more}", violations=violations)


def violation(error: ValidationError) -> Violation:
    """Name the parameter that breaks a rule, and the rule."""
    path = ["parameters", *map(str, error.absolute_path)]
    rule = error.message
    if error.validator in {"anyOf", "oneOf"} and error.context:
        rule = " or ".join(dict.fromkeys(each.message for each in error.context))
    if error.validator == "required" and isinstance(error.instance, dict):
        missing = [name for name in error.validator_value if name not in error.instance]
        path, rule = [*path, missing[0]], "is required"
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
        strange = [str(name) for name in error.instance if name not in known]
        if len(strange) == 1:
            path, rule = [*path, strange[0]], "is no parameter of the service"
    return Violation(field=".".join(path), rule=rule[:500])
