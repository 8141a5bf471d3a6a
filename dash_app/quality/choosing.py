"""Taking in or dropping what is set aside: chosen, asked about, and done."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import Dash, Input, Output, State, ctx, dcc, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app import ids as shared
from dash_app.quality import ids
from dash_app.quality.view import View
from dash_app.quality.words import counted
from dash_app.shell import say
from dtbase.client import Client
from dtbase.domain.readings.set_aside import Choice, Dropped, TakenIn

TAKE_IN, DROP = "take-in", "drop"


def dialog() -> list[Component]:
    """Return the question, closed, and what it is about."""
    buttons = [
        html.Button("Keep it aside", id=ids.KEEP, type="button", className="btn btn-light"),
        html.Button("Take in", id=ids.SURE, type="button", className="btn btn-primary"),
    ]
    body = [
        html.Div(id=ids.ASKED_TEXT),
        html.Div(buttons, className="d-flex gap-2 justify-content-end mt-3"),
    ]
    return [
        dbc.Modal(
            html.Div(body, className="p-4"),
            id=ids.ASKED,
            centered=True,
            fade=False,
            labelledby=ids.ASKED_TEXT,
        ),
        dcc.Store(id=ids.ASKED_ABOUT),
    ]


def register(app: Dash) -> None:
    """Ask with a preview, and do what was seen."""
    _register_asking(app)
    _register_doing(app)


def _register_asking(app: Dash) -> None:
    @app.callback(
        Output(ids.ASKED, "is_open"),
        Output(ids.ASKED_TEXT, "children"),
        Output(ids.ASKED_ABOUT, "data"),
        Output(ids.SURE, "children"),
        Output(ids.SURE, "className"),
        Output(ids.SURE, "hidden"),
        Input(ids.TAKE_IN, "n_clicks", allow_optional=True),
        Input(ids.DROP, "n_clicks", allow_optional=True),
        Input(ids.KEEP, "n_clicks"),
        State(ids.CHOSEN, "data"),
        State(shared.URL, "search"),
        prevent_initial_call=True,
    )
    def ask(take: Any, drop: Any, _keep: Any, chosen: Any, search: str) -> Any:
        if ctx.triggered_id == ids.KEEP:
            return False, [], None, "", "btn btn-primary", True
        taking = ctx.triggered_id == ids.TAKE_IN
        if not (take if taking else drop):
            raise PreventUpdate
        client = account.api()
        choice = meant(client, search, chosen or [])
        about = {"act": TAKE_IN if taking else DROP, "choice": choice.model_dump(mode="json")}
        if taking:
            tried = client.set_aside.take_in(choice, dry_run=True)
            words, kind = f"Take in {counted(tried.taken_in)}", "btn btn-primary"
            return True, would_take(tried), about, words, kind, not tried.taken_in
        gone = client.set_aside.drop(choice, dry_run=True)
        words = f"Drop {counted(gone.dropped)}"
        return True, would_drop(gone), about, words, "btn btn-danger", not gone.dropped


def meant(client: Client, search: str, chosen: list[int]) -> Choice:
    """Return those that are ticked, or all that fit and were there when it was asked."""
    if chosen:
        return Choice(ids=chosen)
    wanted = View.parse(search).filter(ZoneInfo(account.site().timezone))
    newest = client.set_aside.page(wanted, limit=1).items
    if not newest:
        raise PreventUpdate
    return Choice(**wanted.model_dump(), up_to=newest[0].id, all=True)


def would_take(tried: TakenIn) -> list[Component]:
    """Say what taking in would do, and what would stay aside and why."""
    told = ["None of these can be taken in."]
    if tried.taken_in:
        told = [
            f"{counted(tried.taken_in)} will be believed, and rules leave them alone from then on."
        ]
    stay = {
        "hold no value or no time that their series can hold": tried.unreadable,
        "have a time at which another reading stands": tried.clashing,
        "lie before what retention has left": tried.dropped,
    }
    told += [f"{counted(n)} {why}, and stay aside." for why, n in stay.items() if n]
    if tried.left:
        told.append(f"{counted(tried.left)} more are too many at once: do this again for them.")
    return question("Take in what is set aside?", told)


def would_drop(gone: Dropped) -> list[Component]:
    told = [f"{counted(gone.dropped)} will be gone for good. It cannot be undone."]
    if gone.left:
        told.append(f"{counted(gone.left)} more are too many at once: do this again for them.")
    return question("Drop what is set aside?", told)


def question(title: str, told: list[str]) -> list[Component]:
    return [html.H2(title), *(html.P(words, className="mt-2 mb-0") for words in told)]


def _register_doing(app: Dash) -> None:
    @app.callback(
        Output(ids.ASKED, "is_open", allow_duplicate=True),
        Output(ids.ASKED_ABOUT, "data", allow_duplicate=True),
        Output(ids.REFRESH, "data", allow_duplicate=True),
        Input(ids.SURE, "n_clicks"),
        State(ids.ASKED_ABOUT, "data"),
        running=[(Output(ids.SURE, "disabled"), True, False)],
        prevent_initial_call=True,
    )
    def do(clicks: Any, about: Any) -> Any:
        if not clicks or not about:
            raise PreventUpdate
        aside, choice = account.api().set_aside, Choice.model_validate(about["choice"])
        if about["act"] == TAKE_IN:
            taken = aside.take_in(choice)
            stay = taken.unreadable + taken.clashing + taken.dropped
            more = f"{counted(stay)} could not be, and stay aside." if stay else ""
            say(f"{counted(taken.taken_in)} taken in", more)
        else:
            say(f"{counted(aside.drop(choice).dropped)} dropped")
        return False, None, datetime.now(UTC).timestamp()
