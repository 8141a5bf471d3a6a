"""Editing in the cells: each row is saved as it is left, and put back if it is refused."""

from collections.abc import Sequence
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
from dtbase.errors import Declined, NotFound, Stale

MOST = 500
"""Rows that a block from a spreadsheet may fill."""


def register(app: Dash) -> None:
    """Save what is edited or pasted."""

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
        if noun.change is None:
            raise PreventUpdate
        by_row: dict[str, list[Document]] = {}
        for edit in edits:
            by_row.setdefault(edit["data"]["key"], []).append(edit)
        rows, refused = [], []
        for key, mine in list(by_row.items())[:MOST]:
            thing, reason = saved(noun, key, mine)
            rows.append({"key": key, "row": row_of(noun, thing, zone)})
            refused += [reason] if reason else []
        tell(refused, len(rows))
        return {"rows": rows, "at": datetime.now(UTC).timestamp()}


def saved(noun: Noun, key: str, edits: Sequence[Document]) -> tuple[Any, str]:
    """Save the cells of one row, and return the thing as it is now, and why it was refused."""
    assert noun.change is not None
    known = {field.name: field for field in noun.fields if field.in_cell}
    said = {
        e["colId"]: value_of(known[e["colId"]], e["value"]) for e in edits if e["colId"] in known
    }
    thing = noun.thing_of(edits[0]["data"]["thing"])
    store = noun.store(account.api())
    try:
        return store.update(thing, noun.change(**said)), ""
    except Stale:
        return store.get(key), f"{key}: somebody else changed it first; what they stored is shown."
    except NotFound:
        raise
    except Declined as error:
        reason = error.violations[0]["rule"] if error.violations else error.detail
        return thing, f"{key} stays as it was. {error_sentence(reason)}"


def tell(refused: Sequence[str], rows: int) -> None:
    """Say what was refused, or how many rows changed at once; one changed row is seen anyway."""
    if refused:
        more = f" And {len(refused) - 1} more." if refused[1:] else ""
        say(
            f"{len(refused)} of {rows} refused" if rows > 1 else "Refused",
            refused[0] + more,
            bad=True,
        )
    elif rows > 1:
        say(f"{rows} changed")
