"""Editing in the cells: each is saved as it is left, and put back if it is refused."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from dash import Dash, Input, Output, State
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app.shell import say
from dash_app.tables import ids
from dash_app.tables.form import value_of
from dash_app.tables.noun import Document, Noun
from dash_app.tables.rows import noun_of, row_of
from dash_app.words import error_sentence
from dtbase.errors import DTBaseError, NotAuthenticated, NotFound, Stale, Unavailable


def register(app: Dash) -> None:
    """Save what is edited."""

    @app.callback(
        Output(ids.RESULT, "data", allow_duplicate=True),
        Input(ids.GRID, "cellValueChanged"),
        State(ids.NOUN, "data"),
        prevent_initial_call=True,
    )
    def save(edits: Any, name: str) -> Any:
        if not edits:
            raise PreventUpdate
        noun, zone = noun_of(name), ZoneInfo(account.site().timezone)
        rows = [saved(noun, edit, zone) for edit in edits]
        return {"rows": rows, "at": datetime.now(UTC).timestamp()}


def saved(noun: Noun, edit: Document, zone: ZoneInfo) -> Document:
    """Save one cell, and return its row as it is now."""
    row, column = edit["data"], edit["colId"]
    field = next((each for each in noun.fields if each.name == column and each.in_cell), None)
    if field is None or noun.change is None:
        raise PreventUpdate
    thing = noun.thing_of(row["thing"])
    store = noun.store(account.api())
    try:
        thing = store.update(thing, noun.change(**{column: value_of(field, edit["value"])}))
    except Stale:
        thing = store.get(row["key"])
        say("Somebody else changed it first", "What they stored is shown now.", bad=True)
    except (NotAuthenticated, Unavailable, NotFound):
        raise
    except DTBaseError as error:
        reason = error.violations[0]["rule"] if error.violations else error.detail
        say(f"{field.title} of {row['key']} stays as it was", error_sentence(reason), bad=True)
    return {"key": row["key"], "row": row_of(noun, thing, zone)}
