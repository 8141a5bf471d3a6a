"""Fields with their labels, and with the reasons why something was refused."""

from collections.abc import Mapping, Sequence
from typing import Any

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dash_app.words import error_sentence
from dtbase.errors import DTBaseError


def labelled(words: str, field: Component, *, hint: str = "", optional: bool = False) -> html.Div:
    """Return a field under its label, with room for what is wrong with it."""
    name = str(field.id)  # type: ignore[attr-defined]  # every field has one
    label: list[Any] = [words]
    if optional:
        label.append(html.Span(" optional", className="opt"))
    parts: list[Component] = [html.Label(label, htmlFor=name, className="form-label"), field]
    if hint:
        parts.append(html.Div(hint, className="form-text"))
    parts.append(html.Div(id=error_id(name), className="invalid-feedback dt-error", role="alert"))
    return html.Div(parts, className="dt-field")


def hidden(words: str, field: Component) -> html.Div:
    """Return a field whose label only those hear who do not see it."""
    name = str(field.id)  # type: ignore[attr-defined]  # every field has one
    return html.Div([html.Label(words, htmlFor=name, className="visually-hidden"), field])


def error_id(field: str) -> str:
    """Return the id of the room for what is wrong with a field."""
    return f"{field}-error"


def reasons(error: DTBaseError, fields: Sequence[str]) -> Mapping[str, str]:
    """Return what is wrong with each field; what belongs to none stands at the first."""
    found = dict.fromkeys(fields, "")
    for violation in error.violations:
        name = violation["field"].split(".")[0]
        place = name if name in found else fields[0]
        found[place] = found[place] or error_sentence(violation["rule"])
    if not any(found.values()):
        found[fields[0]] = error_sentence(error.detail)
    return found


def shown_once(title: str, secret: str, label: str) -> html.Div:
    """Return a secret to be copied, which nobody sees again."""
    room = "shown-once"
    return html.Div(
        [
            html.Div(
                [html.B(title), html.Span("Shown this once", className="dt-chip warn")],
                className="dt-form-foot",
            ),
            html.Div(
                [
                    dbc.Input(value=secret, readonly=True, id=room, className="dt-mono"),
                    html.Button(
                        "Copy",
                        type="button",
                        className="btn btn-light dt-copy",
                        **{"data-copy": secret},  # type: ignore[arg-type]
                    ),
                ],
                className="dt-secret",
            ),
            html.Label(label, htmlFor=room, className="visually-hidden"),
        ],
        className="dt-note-box",
        role="status",
    )
