"""A form made of a noun's fields, and what somebody has typed into it."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dash_app.tables import ids
from dash_app.tables.noun import Choices, Document, Field, Kind, Noun, Option
from dash_app.words import error_sentence
from dtbase.client import Client
from dtbase.errors import DTBaseError, Invalid

NONE = "*"
"""What stands for no choice: a select of Dash shows no empty value."""

LONGEST = 10_000
MOST_LINES = 16
Values = Mapping[str, Any]


def fields_of(noun: Noun, *, new: bool) -> list[Field]:
    other = "change" if new else "new"
    return [field for field in noun.fields if field.when != other]


def parts(
    fields: Sequence[Field], values: Values, client: Client, *, locked: bool = False
) -> list[Component]:
    """Return the fields with their labels, hints and rooms for what is wrong."""
    choices = Choices(client)
    return [part(field, values.get(field.name, field.start), choices, locked) for field in fields]


def part(field: Field, value: Any, choices: Choices, locked: bool) -> html.Div:
    ident = ids.part("field", field.name)
    control, more = control_of(field, ident, value, choices, locked)
    label: list[Any] = [field.title]
    if field.optional and not locked:
        label.append(html.Span(" optional", className="opt"))
    words = html.Label(label, htmlFor=dom_id(ident), className="form-label")
    wrong = html.Div(
        id=ids.part("error", field.name), className="invalid-feedback dt-error", role="alert"
    )
    hint = [html.Div(field.hint, className="form-text")] if field.hint and not locked else []
    return html.Div([words, control, *more, wrong, *hint], className="dt-field")


def control_of(
    field: Field, ident: dict[str, str], value: Any, choices: Choices, locked: bool
) -> tuple[Component, list[Component]]:
    """Return what takes a field's value, and what it needs beside it."""
    text = "" if value is None else str(value)
    options = choices.of(field.options)
    if field.kind is Kind.PICK:
        return picker(field, ident, text, options, locked)
    if field.kind is Kind.CHOICE:
        return choice(field, ident, text, options, locked), []
    return simple(field, ident, value, options, locked), []


def simple(
    field: Field, ident: dict[str, str], value: Any, options: Sequence[Option], locked: bool
) -> Component:
    text = "" if value is None else str(value)
    made: Component
    match field.kind:
        case Kind.LONG:
            made = dbc.Textarea(id=ident, value=text, rows=4, maxLength=LONGEST, readonly=locked)
        case Kind.LINES:
            made = lines(field, ident, value, locked)
        case Kind.SOME:
            known = [{"label": each.label, "value": each.value} for each in options]
            made = dbc.Checklist(id=ident, options=known, value=list(value or ()))
        case Kind.FLAG:
            made = dbc.Switch(id=ident, value=bool(value), disabled=locked)
        case _:
            made = line(field, ident, value, locked)
    return made


def line(field: Field, ident: dict[str, str], value: Any, locked: bool) -> dbc.Input:
    """Return a field of one line."""
    if field.kind is Kind.NUMBER:
        return dbc.Input(id=ident, type="number", value=value, readonly=locked)
    if field.kind is Kind.HIDDEN:
        return dbc.Input(id=ident, type="password", autocomplete="new-password", readonly=locked)
    text = "" if value is None else str(value)
    mono = "dt-mono" if field.kind is Kind.CODE else ""
    return dbc.Input(id=ident, value=text, className=mono, readonly=locked, autocomplete="off")


def lines(field: Field, ident: dict[str, str], value: Any, locked: bool) -> dbc.Textarea:
    """Return a field of lines that stand for a list, pairs or a document."""
    text = field.write(value) if field.write and value is not None else ""
    rows = min(max(text.count("\n") + 2, 3), MOST_LINES)
    plain = {"spellcheck": False, "className": "dt-mono"}
    return dbc.Textarea(id=ident, value=text, rows=rows, readonly=locked, **plain)


def choice(
    field: Field, ident: dict[str, str], value: str, options: Sequence[Option], locked: bool
) -> dbc.Select:
    known = [{"label": each.label, "value": each.value} for each in options]
    if field.optional or not value:
        blank = "None" if field.optional else "Choose"
        known.insert(0, {"label": blank, "value": NONE})
    if value and all(each["value"] != value for each in known):
        known.append({"label": value, "value": value})
    return dbc.Select(id=ident, options=known, value=value or NONE, disabled=locked)


def picker(
    field: Field, ident: dict[str, str], value: str, options: Sequence[Option], locked: bool
) -> tuple[Component, list[Component]]:
    """Return a field that offers what begins like what is typed."""
    name = f"table-options-{field.name}"
    known = [html.Option(each.label, value=each.value) for each in options]
    control = dbc.Input(id=ident, value=value, list=name, readonly=locked, autocomplete="off")
    return control, [html.Datalist(known, id=name)]


def dom_id(ident: Mapping[str, str]) -> str:
    """Return the id as it stands in the page."""
    return json.dumps(ident, sort_keys=True, separators=(",", ":"))


def given(fields: Sequence[Field], found: Values) -> Document:
    """Return what the fields say, as the API takes it."""
    return {field.name: typed_in(field, found.get(field.name)) for field in fields}


def typed_in(field: Field, value: Any) -> Any:
    """Return what a field says; lines are read, and one that cannot be is refused by name."""
    if field.kind is not Kind.LINES or field.read is None:
        return value_of(field, value)
    try:
        return field.read(str(value or ""))
    except Invalid as error:
        raise Invalid(error.detail, field=field.name) from error


def value_of(field: Field, value: Any) -> Any:
    if field.kind is Kind.FLAG:
        return bool(value)
    if field.kind is Kind.SOME:
        return list(value or ())
    if field.kind is Kind.LINES:
        return value
    if field.kind is Kind.NUMBER:
        return value
    text = "" if value is None or value == NONE else str(value)
    stripped = text if field.kind is Kind.LONG else text.strip()
    return None if field.optional and not stripped else stripped


def changed(fields: Sequence[Field], now: Values, before: Values) -> Document:
    """Return what somebody has changed."""
    return {
        field.name: now[field.name]
        for field in fields
        if not same(field, now[field.name], before.get(field.name))
    }


def same(field: Field, now: Any, before: Any) -> bool:
    """Tell whether a field still says what it said; lines are compared as they are written."""
    if field.kind is Kind.LINES and field.write is not None:
        return field.write(now) == field.write(before)
    return bool(now == value_of(field, before))


def inner_of(place: str) -> str:
    """Return the part of a field that is meant: 0.unit as line 1, unit."""
    number, _, rest = place.partition(".")
    return ", ".join(filter(None, (f"line {int(number) + 1}", rest))) if number.isdigit() else place


def complaints(error: DTBaseError, fields: Sequence[str]) -> dict[str, str]:
    """Return what is wrong with each field; what is about none stands under `""`."""
    found: dict[str, str] = dict.fromkeys((*fields, ""), "")
    for violation in error.violations:
        whole = violation["field"]
        name = next((n for n in (whole, whole.split(".")[0]) if n in found), "")
        inner = inner_of(whole.removeprefix(name).lstrip(".")) if name else whole
        told = f"{inner}: {violation['rule']}" if inner else violation["rule"]
        found[name] = " ".join(filter(None, (found[name], error_sentence(told))))
    if not any(found.values()):
        found[""] = error_sentence(error.detail)
    return found
