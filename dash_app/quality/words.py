"""What rules and corrections are called on the page Quality."""

from typing import Any

from dash_app.words import DASH
from dtbase.domain.readings.corrections import Correction, Kind
from dtbase.domain.readings.set_aside import Rule
from dtbase.domain.registry.series import Value

RULES = {
    Rule.PLACEHOLDERS: "Stands for nothing",
    Rule.FAIL: "Outside what can be",
    Rule.EARLIEST: "Too long ago",
    Rule.AHEAD: "Too far ahead",
    Rule.FORM: "No such series, time or value",
}
MEANINGS = {
    Rule.PLACEHOLDERS: "A number or a word for “no value”, such as -9999 or “unavailable”",
    Rule.FAIL: "A value beyond the range that its measure, type or sensor allows",
    Rule.EARLIEST: "A time before the earliest that is believed, such as 1970",
    Rule.AHEAD: "A time further ahead of its arrival than is believed",
    Rule.FORM: "What was sent could not be read, and its sender asked to keep it",
}
KINDS = {
    Kind.VOID: "Take away",
    Kind.CORRECT: "Set to a value",
    Kind.SHIFT: "Shift in time",
    Kind.RESCALE: "Rescale",
}


def rule_called(rule: Rule) -> str:
    return RULES.get(rule, rule.value.capitalize())


def correction_told(made: Correction) -> str:
    """Say what a correction has done: Rescale by 0.001, where value > 100."""
    asked: dict[str, Any] = made.asked
    more = ""
    if made.kind is Kind.CORRECT:
        more = f" {value_text(asked.get('value'))}"
    elif made.kind is Kind.SHIFT:
        more = f" by {asked.get('by')}"
    elif made.kind is Kind.RESCALE:
        more = f" by {asked.get('factor')}"
        more += f" plus {asked['offset']}" if asked.get("offset") else ""
    where = f", where {asked['where']}" if asked.get("where") else ""
    return f"{KINDS[made.kind]}{more}{where}"


def value_text(value: Value | None) -> str:
    """Return a value with all its digits: it is compared with another one."""
    if value is None:
        return DASH
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def counted(count: int, noun: str = "reading") -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
