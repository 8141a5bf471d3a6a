"""A Dash page with one callback and nothing else, and a chart of plotly.js without any server."""

import json
from pathlib import Path

from dash import Dash, Input, Output, html
from flask import Flask, Response, send_from_directory

import dash_app

ASSETS = Path(dash_app.__file__).parent / "assets"
PLOTLY = "05-plotly.min.js"
LINES, POINTS = 4, 1_500
CHART = """<!doctype html><title>Chart</title><script src="/plotly.js"></script><div id="chart">
</div><script>const made = turn => [...Array({lines}).keys()].map(line => ({{ x0: "2026-01-01",
dx: 3600000, y: [...Array({points}).keys()].map(n => Math.sin((n + turn) / 24) + line) }}));
Plotly.newPlot("chart", made(0), {{ width: 900, height: 460 }});</script>"""


def create_server() -> Flask:
    """Return what gunicorn serves."""
    app = Dash("bare", assets_folder="none", serve_locally=True)
    app.layout = html.Div([html.Button("Press", id="press"), html.P(id="pressed")])

    @app.callback(Output("pressed", "children"), Input("press", "n_clicks"))
    def press(clicks: int | None) -> str:
        return json.dumps(clicks)

    server: Flask = app.server

    @server.get("/chart")
    def chart() -> str:
        return CHART.format(lines=LINES, points=POINTS)

    @server.get("/plotly.js")
    def plotly() -> Response:
        return send_from_directory(ASSETS, PLOTLY)

    return server
