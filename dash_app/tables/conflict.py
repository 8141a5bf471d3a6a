"""Two people changed the same thing: both versions, and the choice between them."""

from typing import Any

from dash import html
from dash.development.base_component import Component

from dash_app.tables import form, ids
from dash_app.tables.noun import Document, Field, Noun
from dash_app.words import DASH


def conflict(noun: Noun, before: Document, present: Any, typed: Document) -> list[Component]:
    """Return what each has changed, field by field, and the buttons that settle it."""
    fields = form.fields_of(noun, new=False)
    theirs, mine = present.model_dump(mode="json"), form.given(fields, typed)
    rows = [
        html.Tr(
            [
                html.Th(field.title, scope="row"),
                html.Td(printed(field, theirs.get(field.name))),
                html.Td(printed(field, mine[field.name])),
            ]
        )
        for field in fields
        if not form.same(field, mine[field.name], theirs.get(field.name))
        or theirs.get(field.name) != before.get(field.name)
    ]
    head = html.Tr([html.Th(words, scope="col") for words in ("", "Now there", "Yours")])
    return [
        html.Section(
            [
                html.H3("Somebody else has changed this meanwhile"),
                html.P("Nothing of yours is stored yet. What you did not change stays theirs."),
                html.Table([html.Thead(head), html.Tbody(rows)], className="dt-table tb-versions"),
                html.Div(
                    [
                        html.Button("Save mine", id=ids.MINE, className="btn btn-light"),
                        html.Button("Take theirs", id=ids.THEIRS, className="btn btn-light"),
                    ],
                    className="d-flex gap-2 mt-3",
                ),
            ],
            className="tb-conflict",
            role="alert",
        )
    ]


def printed(field: Field, value: Any) -> str:
    """Return a value as a person reads it."""
    if field.write is not None:
        return field.write(value) or DASH
    if value is None or value == "":
        return DASH
    return value if isinstance(value, str) else str(value)
