"""The keys that do something on every page, told by `?`."""

from dash import html

from dash_app import ids
from dash_app.aria import aria

KEYS = (
    ("/", "Find anything"),
    ("g o", "Go to Overview"),
    ("g e", "Go to Explore"),
    ("g f", "Go to Forecasts"),
    ("h", "Hold the page, or let it live"),
    ("t", "Light or dark"),
    ("+ -", "On a chart: zoom; arrows move it, 0 goes back"),
    ("?", "These keys"),
    ("Esc", "Close what is open"),
)


def dialog() -> html.Dialog:
    """Return the dialog; assets/50-dtbase.js opens it."""
    rows = [
        part
        for keys, meaning in KEYS
        for part in (
            html.Dt([html.Kbd(key) for key in keys.split()]),
            html.Dd(meaning),
        )
    ]
    close = html.Button("Close", type="button", className="btn btn-light dt-close")
    return html.Dialog(
        [
            html.Div([html.H2("Keys"), close], className="dt-card-head"),
            html.Dl(rows, className="dt-facts dt-card-body"),
        ],
        id=ids.KEYS,
        className="dt-dialog narrow",
        **aria(label="Keys"),
    )
