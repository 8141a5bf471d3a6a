"""Lists of small things as lines of text: one a line, quick to type, to paste and to read."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from dtbase.errors import Invalid, Violation

Document = dict[str, Any]

WORDS = {"true": True, "yes": True, "false": False, "no": False}


def rows_of(text: str, names: Sequence[str]) -> list[Document]:
    """Read lines of comma-separated values; what is left out is not said."""
    rows = []
    for line in text.splitlines():
        if line.strip():
            values = [part.strip() for part in line.split(",")]
            rows.append({n: v for n, v in zip(names, values, strict=False) if v})
    return rows


def text_of(rows: Sequence[Mapping[str, Any]] | None, names: Sequence[str]) -> str:
    """Write rows as lines; what is usual at their ends is left out."""
    return "\n".join(
        ", ".join("" if row.get(name) is None else str(row[name]) for name in names).rstrip(", ")
        for row in rows or ()
    )


def pairs_of(text: str) -> Document:
    """Read lines such as `latitude: 40.69`."""
    found = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            name, colon, value = line.partition(":")
            if not colon:
                raise refused(f"line {number} is not of the form name: value")
            found[name.strip()] = scalar(value.strip())
    return found


def text_of_pairs(pairs: Mapping[str, Any] | None) -> str:
    return "\n".join(f"{name}: {written(value)}" for name, value in (pairs or {}).items())


def scalar(text: str) -> Any:
    """Read a number, yes or no, or else a text."""
    if text.lower() in WORDS:
        return WORDS[text.lower()]
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def written(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def json_of(text: str) -> Any:
    """Read JSON, or say where it ceases to be such."""
    if not text.strip():
        return {}
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, character {error.colno}"
        raise refused(f"is not JSON from {where} on") from error


def json_or_nothing(text: str) -> Any:
    return json_of(text) if text.strip() else None


def with_rest(now: Sequence[Document], before: Sequence[Document] | None) -> list[Document]:
    """Return rows with what is known of those of the same name and stands in no line."""
    known = {row["name"]: row for row in before or ()}
    shown = {name for row in now for name in row}
    return [
        {**{k: v for k, v in known.get(row.get("name", ""), {}).items() if k not in shown}, **row}
        for row in now
    ]


def text_of_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) if value else ""


def refused(rule: str) -> Invalid:
    """Return a refusal whose field the form knows."""
    return Invalid(rule, violations=[Violation(field="", rule=rule)])
