"""The toolbar of one series: which model, backtests, and running it again."""

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dash_app import account
from dash_app.aria import aria
from dash_app.forecasts import ids
from dash_app.forecasts.view import View, chosen_model
from dash_app.icons import icon
from dtbase.domain.glance.outlook import Outlook
from dtbase.domain.registry.series import SeriesKey

BACKTEST_DAYS = {"7": "the last week", "30": "the last 30 days", "90": "the last 90 days"}


def of_series(outlook: Outlook, view: View, key: SeriesKey) -> html.Div:
    models = list(
        dict.fromkeys(
            [*(c.model for c in outlook.leaderboard.contenders), *(r.model for r in outlook.runs)]
        )
    )
    chosen = view.model or chosen_model(outlook)
    options = [{"label": name, "value": name} for name in models]
    select = dbc.Select(id=ids.MODEL, options=options, value=chosen or None)
    parts: list[Component] = [
        html.Label(
            [html.Span("Model", className="dt-faint"), select],
            className="btn btn-light ex-resolution",
        ),
        html.A(
            [icon("explore"), "Open in Explore"],
            href=f"/explore?s={key}",
            className="btn btn-light",
        ),
    ]
    if account.may_edit():
        days = [
            {"label": f"Backtest over {text}", "value": days}
            for days, text in BACKTEST_DAYS.items()
        ]
        over = dbc.Select(id=ids.DAYS, options=days, value="30")
        parts += [
            html.Label([html.Span("Backtest over", className="visually-hidden"), over]),
            html.Button(
                [icon("play"), "Start backtest"], id=ids.BACKTEST, className="btn btn-light"
            ),
            html.Button([icon("forecast"), "Run again"], id=ids.AGAIN, className="btn btn-primary"),
        ]
    return html.Div(parts, className="dt-toolbar", role="group", **aria(label="This series"))
