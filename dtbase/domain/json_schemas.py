"""Parameters held against their JSON Schema, without the program that will read them."""

import json
import re
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
from pydantic import JsonValue
from referencing import Registry
from referencing.exceptions import Unresolvable

from dtbase.errors import Invalid, Violation

SHOWN = 100
LONGEST = 100_000
"""Characters of a schema."""

UNREADABLE = (Unresolvable, RecursionError, ArithmeticError, re.error, TypeError, ValueError)
"""What a schema does that is well formed and means nothing: a lost reference, a wrong pattern."""

NOWHERE: Registry[Any] = Registry()
"""Where references to other documents are looked up: no schema makes us fetch anything."""

Document = dict[str, JsonValue]


def check_schema(schema: Document) -> Document:
    """Refuse what is no JSON Schema of an object, or refers to other documents."""
    if len(json.dumps(schema)) > LONGEST:
        raise ValueError(f"must be at most {LONGEST} characters of JSON")
    try:
        Draft202012Validator.check_schema(schema)
        Draft202012Validator(schema, registry=NOWHERE).is_valid({})
    except SchemaError as error:
        raise ValueError(f"is no JSON Schema: {error.message[:200]}") from error
    except UNREADABLE as error:
        raise ValueError("may refer to its own $defs only, and not in circles") from error
    return schema


def check(schema: Document, parameters: Document) -> None:
    """Refuse parameters that do not fit, naming each field and its rule."""
    validator = Draft202012Validator(schema, registry=NOWHERE)
    try:
        found = sorted(validator.iter_errors(parameters), key=lambda error: error.json_path)
    except UNREADABLE as error:
        raise Invalid("the service's schema cannot be read", field="parameters") from error
    if found:
        violations = [violation(error) for error in found[:SHOWN]]
        more = f" (and {len(found) - 1} more)" if found[1:] else ""
        first = violations[0]
        raise Invalid(f"{first['field']}: {first['rule']}{more}", violations=violations)


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
