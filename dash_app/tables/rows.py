"""The rows of a table: a stretch at a time, as somebody scrolls."""

from typing import Any
from zoneinfo import ZoneInfo

from dash import Dash, Input, Output, State
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app import ids as shared
from dash_app.components.states import message
from dash_app.nouns.all import NOUNS
from dash_app.shell import set_outage
from dash_app.tables import ids
from dash_app.tables.noun import Column, Document, Look, Noun
from dash_app.tables.view import View
from dash_app.words import moment
from dtbase.domain.frozen import Frozen

BY_NAME = {noun.name: noun for noun in NOUNS}


def noun_of(name: str | None) -> Noun:
    """Return the noun of a table that the browser names."""
    noun = BY_NAME.get(name or "")
    if noun is None:
        raise PreventUpdate
    return noun


def register(app: Dash) -> None:
    """Answer the grid."""

    @app.callback(
        Output(ids.GRID, "getRowsResponse"),
        Output(ids.TOLD, "children"),
        Output(ids.EMPTY, "children"),
        Input(ids.GRID, "getRowsRequest"),
        State(ids.NOUN, "data"),
        State(shared.URL, "search"),
        prevent_initial_call=True,
    )
    def rows(request: Any, name: str, search: str) -> Any:
        noun = noun_of(name)
        if not request:
            raise PreventUpdate
        view = View.parse(noun, search)
        view = view.model_copy(update={"sort": sort_of(noun, request) or view.sort})
        start, end = request["startRow"], request["endRow"]
        found = noun.store(account.api()).page(skip=start, limit=end - start, **view.parameters)
        set_outage(shown=False)
        zone = ZoneInfo(account.site().timezone)
        answer = {
            "rowData": [row_of(noun, thing, zone) for thing in found.items],
            "rowCount": found.total,
        }
        return answer, told(noun, found.total), empty(noun, view) if not found.total else []


def sort_of(noun: Noun, request: Any) -> str | None:
    """Return the order that a click on a column's head asks for."""
    for each in request.get("sortModel") or ():
        if each["colId"] in noun.sorts:
            return f"{'-' if each['sort'] == 'desc' else ''}{each['colId']}"
    return None


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
