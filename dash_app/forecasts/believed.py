"""What was believed then: one run over what was measured, and the slider through all of them."""

from datetime import timedelta
from zoneinfo import ZoneInfo

from dash import dcc, html

from dash_app.aria import aria
from dash_app.forecasts import cards, ids
from dash_app.forecasts.figure import Belief, belief_figure
from dash_app.forecasts.shelf import SHELF
from dash_app.forecasts.view import View, place_of
from dash_app.icons import icon
from dash_app.theme import Theme
from dash_app.words import bucket_label, city, moment, offset, unit_symbol
from dtbase.client import Client
from dtbase.domain.forecasts.runs import Run
from dtbase.domain.frozen import Frozen
from dtbase.domain.readings.readings import ReadingsAnswer

POINTS = 800
BEFORE = timedelta(days=5)
AFTER = timedelta(days=4)


class Look(Frozen):
    """In which theme and zone the chart is drawn."""

    theme: Theme
    zone: str


def parts(client: Client, runs: list[Run], view: View, look: Look) -> html.Div:
    """Return the chart of the run that is chosen, and what is known of it."""
    place = place_of(runs, view.run)
    run, zone = runs[place], ZoneInfo(look.zone)
    belief, answer = _belief(client, run, look.zone)
    chart = html.Section(
        [
            html.Div(
                [html.H2("Forecast over what was measured"), _keys()], className="dt-card-head"
            ),
            cards.graph(ids.GRAPH, belief_figure(belief, look.theme)),
            _slider(runs, place, zone),
            _foot(belief, answer, zone),
        ],
        className="dt-card",
    )
    return html.Div([chart, cards.run_facts(run, zone)], className="dt-split")


def _belief(client: Client, run: Run, zone: str) -> tuple[Belief, ReadingsAnswer]:
    assert run.issued_at is not None
    assert run.target is not None
    start, end = run.issued_at - BEFORE, run.issued_at + AFTER
    answer = client.readings.query(
        [run.target], start, end, points=POINTS, fill="null", aggregates=("mean",)
    )
    belief = Belief(
        measured=answer.series[0],
        run=run,
        predicted=SHELF.get(client, run),
        start=start,
        end=end,
        zone=zone,
    )
    return belief, answer


def _foot(belief: Belief, answer: ReadingsAnswer, zone: ZoneInfo) -> html.Div:
    fine = answer.bucket == "raw"
    point = "1 reading, as measured" if fine else f"{bucket_label(answer.bucket)}, mean"
    unit = unit_symbol(answer.series[0].unit)
    times = f"Times in {city(str(zone))} ({offset(belief.end, zone)})"
    return html.Div(
        [
            html.Span(f"1 point = {point}" + (f", in {unit}" if unit else "")),
            html.Span(times, className="ms-auto"),
        ],
        className="dt-card-foot",
    )


def _keys() -> html.Div:
    keys = (("ca", "Measured"), ("dash c1", "Forecast"), ("band c1", "80 %, 95 %"))
    found = [html.Span([html.I(className=f"dt-key {kind}"), text]) for kind, text in keys]
    return html.Div(found, className="dt-legend")


def _slider(runs: list[Run], place: int, zone: ZoneInfo) -> html.Div:
    run = runs[place]
    assert run.issued_at is not None
    said = moment(run.issued_at, zone, weekday=True)
    steps = [
        _step(ids.EARLIER, "left", "Earlier forecast", disabled=place == 0),
        _step(ids.LATER, "right", "Later forecast", disabled=place == len(runs) - 1),
    ]
    slider = dcc.Slider(
        id=ids.AT,
        min=0,
        max=max(len(runs) - 1, 1),
        step=1,
        value=place,
        marks=None,
        updatemode="mouseup",
        included=False,
        allow_direct_input=False,
        disabled=len(runs) < 2,  # noqa: PLR2004 - two to choose from
    )
    return html.Div(
        [
            html.Span("Believed at", className="dt-meta", id=ids.BELIEVED),
            html.Div(slider, className="fx-slide"),
            html.B(said),
            html.Div(steps, className="btn-group"),
            dcc.Store(id=ids.RUN_CARD, data=[each.id for each in runs]),
        ],
        className="fx-slider",
        role="group",
        **aria(label="What was believed then"),
    )


def _step(name: str, way: str, words: str, *, disabled: bool) -> html.Button:
    return html.Button(
        icon(way),
        id=name,
        className="btn btn-light btn-icon",
        disabled=disabled,
        **aria(label=words),
    )
