"""Callbacks of the picker: what fits what is sought, and adding what was chosen."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from dash import Dash, Input, Output, State, no_update
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app import ids as shared
from dash_app.addressed import led_to
from dash_app.components.forms import error_id
from dash_app.explore import catalogue, ids, navigate, picker
from dash_app.explore.catalogue import Sought
from dash_app.explore.navigate import Drawn
from dash_app.explore.view import MOST_SERIES, View
from dash_app.shell import say
from dash_app.words import error_sentence, measure_label
from dtbase.domain.glance.chart import FORMULA, LineName
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.values.beliefs import AT, Belief
from dtbase.errors import Invalid

SOUGHT = [
    Input(ids.SEARCH, "data"),
    Input(ids.OF_TYPE, "value"),
    Input(ids.OF_LOCATION, "value"),
    Input(ids.OF_MEASURE, "value"),
]
AS_STATE = [State(part.component_id, part.component_property) for part in SOUGHT]
HERE = [State(shared.URL, "search"), State(ids.DRAWN, "data")]


def register(app: Dash) -> None:
    """Connect the picker."""
    _register_offers(app)
    _register_fields(app)
    _register_adding(app)


def _register_offers(app: Dash) -> None:
    @app.callback(
        Output(ids.TREE, "children"),
        *SOUGHT,
        Input(ids.CHOSEN, "data"),
        prevent_initial_call=True,
    )
    def offer(words: str, kind: str, location: str, measure: str, chosen: Any) -> Any:
        sought = sought_of(words, kind, location, measure)
        view = View.parse(str(chosen or ""))
        return picker.tree(found(sought), view, open_all=sought != Sought())


def _register_fields(app: Dash) -> None:
    @app.callback(
        Output(ids.OF_TYPE, "options"),
        Output(ids.OF_LOCATION, "options"),
        Output(ids.OF_MEASURE, "options"),
        Output(ids.PLACE, "options"),
        Output(ids.PLACE_MEASURE, "options"),
        Output(ids.BELIEF_OF, "options"),
        Output(ids.BELIEF_MODEL, "options"),
        Input(ids.CHOSEN, "data"),
        prevent_initial_call=True,
    )
    def fill(chosen: Any) -> Any:
        places = catalogue.locations()
        types, locations, measures = picker.options_of(catalogue.series(), places)
        view = View.parse(str(chosen or ""))
        keys = dict.fromkeys(
            choice.key
            for choice in view.choices or ()
            if choice.line.location is None and choice.line.formula is None
        )
        of = [
            picker.option(str(key), f"{key.sensor} {measure_label(key.measure).lower()}")
            for key in keys
        ]
        models = [picker.option(model.name, model.name) for model in catalogue.models()]
        any_model = picker.option("", "Newest of any model")
        return types, locations, measures, locations[1:], measures[1:], of, [any_model, *models]


def _register_adding(app: Dash) -> None:
    @app.callback(
        Output(shared.GOTO, "data", allow_duplicate=True),
        Input(ids.ADD_ALL, "n_clicks"),
        *AS_STATE,
        *HERE,
        prevent_initial_call=True,
    )
    def add_all(clicks: int | None, *rest: Any) -> Any:
        *asked, search, memory = rest
        if not clicks:
            raise PreventUpdate
        return added(search, memory, all_that_fit(*asked))

    adds(app, ids.ADD_PLACE, (ids.PLACE, ids.PLACE_MEASURE), place_of)
    fields = (ids.BELIEF_OF, ids.BELIEF_MODEL, ids.BELIEF_SCENARIO, ids.BELIEF_AS_OF)
    adds(app, ids.ADD_BELIEF, (*fields, ids.BELIEF_RUN), forecast_of)
    adds(app, ids.ADD_FORMULA, (ids.FORMULA,), formula_of)


def adds(
    app: Dash, button: str, fields: Sequence[str], lines: Callable[..., Sequence[LineName]]
) -> None:
    """Let a button add the lines that its fields describe, or say there what is wrong with them."""

    @app.callback(
        Output(shared.GOTO, "data", allow_duplicate=True),
        Output(error_id(fields[0]), "children"),
        Input(button, "n_clicks"),
        *(State(name, "value") for name in fields),
        *HERE,
        prevent_initial_call=True,
    )
    def add(clicks: int | None, *rest: Any) -> Any:
        *values, search, memory = rest
        if not clicks:
            raise PreventUpdate
        try:
            return added(search, memory, lines(*values)), ""
        except (Invalid, ValueError) as error:
            told = error.detail if isinstance(error, Invalid) else "that is no date and time"
            return no_update, error_sentence(told)


def all_that_fit(*asked: Any) -> Sequence[LineName]:
    return [LineName(key=series.key) for series in found(sought_of(*asked))]


def place_of(place: str | None, measure: str | None) -> Sequence[LineName]:
    if not (place and measure):
        raise Invalid("choose both a place and a measure", field="place")
    return [LineName(key=SeriesKey(sensor=f"{AT}{place}", measure=measure))]


def formula_of(text: str | None) -> Sequence[LineName]:
    if not (text or "").strip():
        raise Invalid("write a formula, such as EWR/temperature - JFK/temperature", field="formula")
    return [LineName.parse(f"{FORMULA}{text or ''}")]


def forecast_of(key: str | None, *choice: Any) -> Sequence[LineName]:
    if not key:
        raise Invalid("choose of which series", field="series")
    return [LineName(key=SeriesKey.parse(key), belief=belief_of(*choice))]


def belief_of(model: Any, scenario: Any, as_of: Any, run: Any) -> Belief:
    """Return the forecast that the fields describe."""
    if run:
        return Belief(run=int(run))
    known = None
    if as_of:
        known = datetime.fromisoformat(as_of).replace(tzinfo=account.site_zone())
    parts = [f"model={model}"] if model else []
    parts += [f"scenario={scenario}"] if scenario else []
    parts += [f"as_of={known.isoformat()}"] if known else []
    return Belief.parse(parts or ["latest"])


def sought_of(words: Any, kind: Any, location: Any, measure: Any) -> Sought:
    return Sought(words or "", kind or None, location or None, measure or None)


def found(sought: Sought) -> list[Any]:
    """Return the series that fit."""
    places = catalogue.locations() if sought.location else ()
    return catalogue.fitting(catalogue.series(), places, sought)


def added(search: str, memory: Any, lines: Sequence[LineName]) -> Any:
    """Return the address with more lines; what there is no room for is told."""
    drawn = None if memory is None else Drawn.model_validate(memory)
    view = navigate.current_view(search, drawn)
    after = view.with_lines([*(choice.line for choice in view.choices or ()), *lines])
    left = {choice.line for choice in after.choices or ()}
    if not set(lines) <= left:
        say("Not all of them", f"A chart shows at most {MOST_SERIES} lines.")
    return no_update if after.search() == view.search() else led_to(after.search())
