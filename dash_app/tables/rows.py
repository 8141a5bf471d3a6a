"""The rows of a table: a stretch at a time, as somebody scrolls."""

from typing import Any
from zoneinfo import ZoneInfo

from dash.development.base_component import Component
from dash.exceptions import PreventUpdate
from flask import Blueprint, Flask, Response, abort, request
from plotly.io.json import to_json_plotly

from dash_app import account
from dash_app.components.states import message
from dash_app.nouns.all import NOUNS
from dash_app.shell import toast
from dash_app.tables.noun import Column, Document, Look, Noun
from dash_app.tables.view import View
from dash_app.words import error_sentence, moment
from dtbase.domain.frozen import Frozen
from dtbase.errors import DTBaseError, NotAuthenticated, Unavailable

PATH = "/_rows"
BLOCK = 100

routes = Blueprint("rows", __name__)

BY_NAME = {noun.name: noun for noun in NOUNS}


def noun_of(name: str | None) -> Noun:
    """Return the noun of a table that the browser names."""
    noun = BY_NAME.get(name or "")
    if noun is None:
        raise PreventUpdate
    return noun


def seen(name: str) -> Noun:
    """Return the noun of that name, or answer 404 to those who may not see it."""
    noun = BY_NAME.get(name)
    if noun is None or not account.me().role.includes(noun.sees):
        abort(404)
    return noun


def init_rows(server: Flask) -> None:
    """Serve the rows of tables: a route of its own, so that several stretches come at a time."""
    server.register_blueprint(routes)


@routes.get(f"{PATH}/<name>/<int:start>")
def rows(name: str, start: int) -> Response:
    """Answer a stretch of what fits, as the grid asks for it."""
    noun = seen(name)
    view = View.parse(noun, request.query_string.decode())
    try:
        answer = stretch(noun, view, start)
    except NotAuthenticated:
        account.forget()
        return Response("Log in first.", status=401)
    except Unavailable:
        return Response("The data service does not answer.", status=503)
    except DTBaseError as error:
        words = toast("That did not work", error_sentence(error.detail), bad=True)
        answer = {"rows": [], "total": 0, "told": told(noun, 0), "toast": words}
    return Response(to_json_plotly(answer), mimetype="application/json")


def stretch(noun: Noun, view: View, start: int) -> Document:
    """Return rows from one on, and what is told of all that fit."""
    found = noun.store(account.api()).page(skip=start, limit=BLOCK, **view.parameters)
    zone = ZoneInfo(account.site().timezone)
    return {
        "rows": [row_of(noun, thing, zone) for thing in found.items],
        "total": found.total,
        "told": told(noun, found.total),
        "empty": None if found.total else empty(noun, view),
    }


def row_of(noun: Noun, thing: Frozen, zone: ZoneInfo) -> Document:
    """Return a row: what its cells show, and the thing itself as it was read."""
    cells = {column.name: cell_of(column, thing, zone) for column in noun.columns}
    return {**cells, "key": noun.key_of(thing), "thing": thing.model_dump(mode="json")}


def cell_of(column: Column, thing: Frozen, zone: ZoneInfo) -> Any:
    value = column.show(thing) if column.show else getattr(thing, column.name)
    if column.look is Look.TIME:
        return moment(value, zone, year=True) if value else ""
    return "" if value is None else value


def told(noun: Noun, total: int | None) -> str:
    return f"{total or 0:,} {noun.one if total == 1 else noun.many}"


def empty(noun: Noun, view: View) -> Component:
    """Return what stands where no row is."""
    if view.words or view.filters:
        return message("search", f"No {noun.one} fits", "Look for less, or take a filter away.")
    return message(noun.icon, f"No {noun.many} yet", noun.empty)
