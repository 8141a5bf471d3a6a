"""Callbacks of Find when: what the address asks for is looked for and drawn."""

from collections.abc import Sequence
from typing import Any

from dash import Dash, Input, Output, State, html
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from dash_app import account
from dash_app import ids as shared
from dash_app.addressed import led_to
from dash_app.components.states import message
from dash_app.explore import catalogue
from dash_app.finding import cards, figures, form, ids, noting
from dash_app.finding.cards import Told
from dash_app.finding.figures import Found, Ground
from dash_app.finding.searches import SEARCHES, tab_of
from dash_app.finding.view import PATH, View
from dash_app.shell import set_outage
from dash_app.theme import Theme
from dash_app.words import error_sentence
from dtbase.client import Client
from dtbase.client.finding import Limits
from dtbase.domain.readings.readings import ReadingsAnswer
from dtbase.domain.values.conditions import Condition
from dtbase.domain.values.likeness import LikesAnswer
from dtbase.domain.values.periods import PeriodsAnswer
from dtbase.errors import Declined, DTBaseError, Unavailable

AHEAD = "3h"
AGGREGATES = ["mean"]


def register(app: Dash) -> None:
    """Connect the sentence with the address, and the address with what is found."""
    _register_search(app)
    _register_drawing(app)
    _register_file(app)
    noting.register(app)


def _register_search(app: Dash) -> None:
    fields = (
        ids.SERIES,
        ids.KIND,
        ids.VALUE,
        ids.LENGTH,
        ids.FIRST,
        ids.LAST,
        ids.DAYS,
        ids.ALSO,
    )

    @app.callback(
        Output(shared.GOTO, "data", allow_duplicate=True),
        inputs={
            "clicks": Input(ids.SEARCH, "n_clicks"),
            "entered": [Input(name, "n_submit") for name in (ids.VALUE, ids.LENGTH, ids.ALSO)],
        },
        state={"values": [State(name, "value") for name in fields]},
        prevent_initial_call=True,
    )
    def go(clicks: int | None, entered: Sequence[int | None], values: Sequence[str | None]) -> Any:
        if not clicks and not any(entered):
            raise PreventUpdate
        return led_to(form.view_of(values).search())


def _register_drawing(app: Dash) -> None:
    @app.callback(
        Output(ids.FORM, "children"),
        Output(ids.BODY, "children"),
        Output(shared.TITLE, "data"),
        Input(ids.REQUEST, "data"),
        running=[(Output(ids.BODY, "className"), "dt-stack busy", "dt-stack")],
        prevent_initial_call=True,
    )
    def draw(request: Any) -> Any:
        view, theme = View.parse(request["search"]), Theme(request["theme"])
        sentence = form.sentence(view, catalogue.series()).children
        try:
            body = looked_for(request.get("tab", ""), view, theme)
        except Declined as error:
            body = [refused(error)]
        set_outage(shown=False)
        return sentence, body, {"path": PATH, "text": view.series or "Find when"}


def looked_for(tab: str, view: View, theme: Theme) -> list[Component]:
    """Return what is found, unless meanwhile the person looks for something else, or has left."""
    with SEARCHES.only(tab_of(tab)) as way:
        try:
            return body_of(account.api_by(way), view, theme)
        except Unavailable:
            if way.broken:
                raise PreventUpdate from None
            raise


def body_of(client: Client, view: View, theme: Theme) -> list[Component]:
    """Return all that is below the sentence."""
    told = Told(series=view.series, zone=account.site().timezone, may_note=account.may_edit())
    stretch = view.stretch()
    if view.like and stretch is not None:
        found = client.find.similar(view.like, *stretch, limit=12)
        return of_likes(client, found, told, theme)
    if not view.conditions:
        return [cards.nothing_asked()]
    limits: Limits = {**view.limits(told.zone), "before": AHEAD, "after": AHEAD}
    periods = client.find.when(view.conditions, **limits)
    return of_periods(client, periods, told, theme)


def of_periods(client: Client, found: PeriodsAnswer, told: Told, theme: Theme) -> list[Component]:
    head = html.Section(cards.headline(found, told), className="fw-head")
    if not found.periods:
        text = "Try another value, a shorter time, or more hours."
        return [head, message("filter", "It never held", text)]
    marks = [
        Found(number=each.number, start=each.start, end=each.end, trace=each.trace)
        for each in found.periods
    ]
    limits = figures.limits_of(Condition.parse(found.conditions[0]))
    start, end = figures.around(marks[0].start, marks[-1].end)
    answer = drawn(client, told, start, end)
    ground = ground_of(answer, told, limits)
    over = figures.marked(ground, marks, theme)
    return [
        head,
        split(
            cards.chart(over, ids.GRAPH, "When it held", cards.foot_of(answer.bucket, told)),
            cards.table(found, told),
        ),
        split(
            cards.chart(
                figures.overlaid(marks, found.unit, theme, limits, "since each began"),
                ids.OVERLAY,
                "Laid over each other",
                [overlaid_words(sum(mark.trace is not None for mark in marks))],
            ),
            cards.shared(found, told),
        ),
    ]


def of_likes(client: Client, found: LikesAnswer, told: Told, theme: Theme) -> list[Component]:
    if not found.likes:
        return [message("filter", "Nothing is like it", "Mark a shorter stretch.")]
    marks = [
        Found(number=like.rank, start=like.start, end=like.end, trace=like.trace)
        for like in found.likes
    ]
    answer = drawn(client, told, found.start, found.end)
    over = figures.marked(ground_of(answer, told, ()), marks, theme)
    wanted = Found(number=0, start=found.start, end=found.end, trace=found.wanted)
    overlay = figures.overlaid(
        [*reversed(marks), wanted], found.unit, theme, (), "since each began"
    )
    return [
        html.P(
            [
                html.B(f"{len(found.likes)} stretches"),
                f" like the one that was marked, of {found.compared:,} that were compared.",
            ],
            className="dt-meta fw-told",
            role="status",
        ),
        split(
            cards.chart(over, ids.GRAPH, "Where they are", cards.foot_of(answer.bucket, told)),
            cards.likes(found, told),
        ),
        cards.chart(
            overlay,
            ids.OVERLAY,
            "Laid over each other",
            [f"As measured, by means of {found.bucket}; the one that was marked is strong"],
        ),
    ]


def drawn(client: Client, told: Told, start: Any, end: Any) -> ReadingsAnswer:
    """Return what is drawn beneath the marks."""
    return client.readings.query(
        [told.series], start, end, aggregates=AGGREGATES, timezone=told.zone
    )


def ground_of(answer: ReadingsAnswer, told: Told, limits: tuple[float, ...]) -> Ground:
    return Ground(
        values=answer.series[0] if answer.series else None,
        start=answer.start,
        end=answer.end,
        zone=told.zone,
        limits=limits,
    )


def split(left: Component, right: Component) -> html.Div:
    return html.Div([left, right], className="dt-split fw-row")


def refused(error: DTBaseError) -> html.Div:
    """Say why nothing was looked for."""
    return message("alert", "This cannot be looked for", error_sentence(error.detail), bad=True)


def _register_file(app: Dash) -> None:
    @app.callback(
        Output(ids.DOWNLOAD, "data"),
        Input(ids.CSV, "n_clicks"),
        State(shared.URL, "search"),
        prevent_initial_call=True,
    )
    def download(clicks: int | None, search: str | None) -> Any:
        if not clicks:
            raise PreventUpdate
        view = View.parse(search)
        zone = account.site().timezone
        asked = {**view.limits(zone), "condition": view.conditions, "format": "csv", "traces": 0}
        text = account.api().ask("GET", "/v1/periods", params=asked)
        return {"content": text, "filename": "periods.csv", "type": "text/csv"}


def overlaid_words(count: int) -> str:
    """Say which periods are laid over each other, and how much of each is seen."""
    around = "from 3 hours before to 3 hours after"
    if count > 1:
        return f"The newest {count} periods, each {around}; the last is strong"
    return around.capitalize()
