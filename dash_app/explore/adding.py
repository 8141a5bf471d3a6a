"""What can be added beside series: places, forecasts of one's choice, formulas."""

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dash_app.components.forms import error_id, hidden
from dash_app.explore import ids

FUNCTIONS = "sum, mean, min, max, abs, rolling_mean(x, 24h), cumulative_sum, change_per_hour"
OTHERS = "also @place/measure, and forecasts as EWR/temperature~latest"


def offers() -> html.Div:
    """Return what adds the sensors of a place together, and forecasts and formulas."""
    return html.Div([place(), forecast(), formula()], className="ex-special")


def place() -> html.Details:
    parts: list[Component] = [
        hidden("Place", dbc.Select(id=ids.PLACE, options=[])),
        hidden("Its measure", dbc.Select(id=ids.PLACE_MEASURE, options=[])),
    ]
    return fold("A place, whatever stood there", parts, ids.PLACE, ids.ADD_PLACE, "Add place")


def forecast() -> html.Details:
    scenario = dbc.Input(id=ids.BELIEF_SCENARIO, placeholder="Scenario: default")
    run = dbc.Input(
        id=ids.BELIEF_RUN, type="number", min=1, placeholder="Or one run, by its number"
    )
    parts: list[Component] = [
        hidden("Forecast of", dbc.Select(id=ids.BELIEF_OF, options=[])),
        hidden("Model", dbc.Select(id=ids.BELIEF_MODEL, options=[])),
        hidden("Scenario", scenario),
        html.Label("As known at", htmlFor=ids.BELIEF_AS_OF, className="form-label"),
        dbc.Input(id=ids.BELIEF_AS_OF, type="datetime-local"),
        hidden("Run", run),
    ]
    return fold("A forecast of your choice", parts, ids.BELIEF_OF, ids.ADD_BELIEF, "Add forecast")


def formula() -> html.Details:
    field = dbc.Input(
        id=ids.FORMULA, placeholder="EWR/temperature - JFK/temperature", maxlength=1000
    )
    parts: list[Component] = [
        hidden("Formula", field),
        html.Div(f"Spaces around + - * / **; {FUNCTIONS}; {OTHERS}", className="form-text"),
    ]
    return fold("A formula over series", parts, ids.FORMULA, ids.ADD_FORMULA, "Add formula")


def fold(title: str, fields: list[Component], field: str, button: str, words: str) -> html.Details:
    """Return fields that open under a title, with room for what is wrong with them."""
    wrong = html.Div(id=error_id(field), className="invalid-feedback dt-error", role="alert")
    add = html.Button(words, id=button, className="btn btn-light btn-sm")
    return html.Details([html.Summary(title), html.Div([*fields, wrong, add])], className="ex-more")
