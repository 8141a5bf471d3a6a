"""Periods that were found, kept as notes on their series."""

from typing import Any

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, html
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app import ids as shared
from dash_app.components.forms import error_id, labelled, reasons
from dash_app.finding import ids
from dash_app.finding.view import View
from dash_app.icons import icon
from dtbase.client import Client
from dtbase.domain.registry.notes import NewNote
from dtbase.domain.values.periods import PeriodsAnswer
from dtbase.errors import Declined

MOST = 20
"""So many are noted at once: the newest."""


def form(found: PeriodsAnswer) -> html.Details:
    """Return what writes a note for each period, closed; the button says how many."""
    count = min(len(found.periods), MOST)
    words = "Add 1 note" if count == 1 else f"Add {count} notes"
    newest = "" if found.count <= count else f"On the newest {count} of {found.count:,} periods."
    text = dbc.Input(id=ids.NOTE, value="; ".join(found.conditions)[:500], maxlength=2_000)
    fields = [
        labelled("Note", text, hint=newest),
        html.Button(words, id=ids.NOTES, className="btn btn-primary btn-sm"),
        html.Span(id=ids.NOTED, role="status", className="dt-meta"),
    ]
    summary = html.Summary([icon("note"), "Add as notes"], className="btn btn-link btn-sm")
    return html.Details([summary, html.Div(fields, className="fw-note")], className="fw-noting")


def register(app: Dash) -> None:
    """Let the button write the notes."""

    @app.callback(
        Output(ids.NOTED, "children"),
        Output(error_id(ids.NOTE), "children"),
        Input(ids.NOTES, "n_clicks"),
        State(ids.NOTE, "value"),
        State(shared.URL, "search"),
        running=[(Output(ids.NOTES, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def add(clicks: int | None, text: str | None, search: str | None) -> Any:
        if not clicks:
            raise PreventUpdate
        view, zone = View.parse(search), account.site().timezone
        try:
            return told(*keep(account.api(), view, zone, text or "")), ""
        except Declined as error:
            return "", reasons(error, ("text",))["text"]


def keep(client: Client, view: View, zone: str, text: str) -> tuple[int, int]:
    """Write what is not noted yet; return how many that were, and of how many periods."""
    limits = view.limits(zone) | {"limit": MOST, "traces": 0}
    found = client.find.when(view.conditions, **limits)
    wanted = [
        NewNote(series=view.series, start=period.start, end=period.end, text=text)
        for period in found.periods
    ]
    if not wanted:
        return 0, 0
    first, last = wanted[0].start, found.end
    known = {
        (note.start, note.text)
        for note in client.notes.list(series=[view.series], start=first, end=last)
    }
    new = [note for note in wanted if (note.start, note.text) not in known]
    for note in new:
        client.notes.add(note)
    return len(new), len(wanted)


def told(written: int, wanted: int) -> str:
    if written == wanted:
        return "1 note was added." if written == 1 else f"{written} notes were added."
    if not written:
        return "All of them are noted already."
    return f"{written} were added, {wanted - written} were there already."
