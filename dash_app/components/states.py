"""What a card shows when it has nothing else to show."""

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dash_app.icons import icon

BARS = (40, 52, 47, 63, 70, 58, 66, 74, 61, 50, 57, 68, 80, 72, 64, 55, 49, 60)


def chart_skeleton() -> html.Div:
    """Return the shape of a chart that is on its way for the first time."""
    bars = [html.I(className=f"dt-skel h{share}") for share in BARS]
    return html.Div(bars, className="dt-skel-chart", role="status", title="Loading the chart")


def message(
    picture: str, title: str, text: str, *, actions: Sequence[Component] = (), bad: bool = False
) -> html.Div:
    """Return a picture, a title, a sentence that helps, and what can be done."""
    ground = "dt-state-icon bad" if bad else "dt-state-icon"
    return html.Div(
        [
            html.Span(icon(picture), className=ground),
            html.H2(title),
            html.P(text),
            html.Div([*actions], className="d-flex flex-wrap justify-content-center gap-2"),
        ],
        className="dt-empty",
        role="alert" if bad else None,
    )
