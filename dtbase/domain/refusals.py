"""What pydantic finds, in our words: as the API, the client and the command say it."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from dtbase.domain.hints import did_you_mean
from dtbase.domain.names import IDENTIFIER_PATTERN, IDENTIFIER_RULE
from dtbase.errors import Invalid, Violation

TIME_RULE = "must be an ISO 8601 time with an offset, such as 2026-01-31T12:00:00Z"
LENGTH_RULE = "must be a length of time, such as PT10M (10 minutes), PT6H (6 hours) or P1D (1 day)"
MOST_TOLD = 100


def rule_of(found: Mapping[str, Any], kind: Any = None) -> str:
    """Return the rule that was broken, in words that tell what to write instead."""
    if found["type"] == "timezone_aware":
        return TIME_RULE
    if found["type"] == "time_delta_parsing":
        return LENGTH_RULE
    if found.get("ctx", {}).get("pattern") == IDENTIFIER_PATTERN:
        return f"must be {IDENTIFIER_RULE}"
    return did_you_mean(kind, found) or str(found["msg"]).removeprefix("Value error, ")


def refusal(error: ValidationError, kind: Any) -> Invalid:
    """Return our error for values that do not make a thing of a kind."""
    found = error.errors(include_url=False)
    violations = [
        Violation(field=".".join(map(str, each["loc"])), rule=rule_of(each, kind))
        for each in found[:MOST_TOLD]
    ]
    more = f" (and {len(found) - 1} more)" if found[1:] else ""
    return Invalid(f"{error.title}: {sentence(violations[0])}{more}", violations=violations)


def sentence(violation: Violation) -> str:
    """Write a broken rule with the field that breaks it, if it is one field's."""
    return f"{violation['field']}: {violation['rule']}".removeprefix(": ")
