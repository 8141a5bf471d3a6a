"""The menu of what can be taken away, and the dialog with the call to paste."""

from dash import html

from dash_app.aria import aria
from dash_app.explore import ids
from dash_app.icons import icon

FILES = {
    "long": ("CSV, long", "A row for each value, with bounds and bands"),
    "wide": ("CSV, wide", "A row for each time, a column for each line"),
    "excel": ("Excel", "The same as a workbook"),
    "parquet": ("Parquet", "The same with types and zone"),
}
PICTURES = {"png": ("PNG", "The chart with its legend"), "svg": ("SVG", "The same, to be scaled")}


def menu() -> html.Details:
    """Return the menu; pictures are made in the browser."""
    files = [
        html.Button(_words(*words), id=ids.file(kind), className="ex-choice")
        for kind, words in FILES.items()
    ]
    pictures = [
        html.Button(
            _words(*words),
            className="ex-choice ex-picture",
            **{"data-format": kind},  # type: ignore[arg-type]
        )
        for kind, words in PICTURES.items()
    ]
    code = html.Button(
        _words("As Python, as curl", "The very call, ready to paste"),
        id=ids.SHARE,
        className="ex-choice",
    )
    summary = html.Summary(
        [icon("import"), html.Span("Download", className="ex-long")],
        className="btn btn-light",
        **aria(label="Download"),
    )
    body = html.Div([*files, *pictures, code], className="dt-pop-body")
    return html.Details([summary, body], className="dt-pop ex ex-take")


def code_dialog() -> html.Dialog:
    """Return the dialog with the call as a program and as a command."""
    close = html.Button("Close", type="button", className="btn btn-light dt-close")
    parts = []
    for title, name, told in (
        ("As Python", ids.PYTHON, "Set DTBASE_API_URL, DTBASE_EMAIL and DTBASE_PASSWORD first."),
        ("As curl", ids.CURL, "Set DTBASE_API_URL, and DTBASE_KEY to one of your API keys."),
    ):
        copy = html.Button(
            "Copy",
            type="button",
            className="btn btn-light btn-sm ms-auto ex-copy-code",
            **{"data-of": name},  # type: ignore[arg-type]
        )
        head = html.Div([html.H3(title), copy], className="d-flex align-items-center")
        code = html.Pre(id=name, tabIndex=0, className="ex-code")
        parts += [head, html.P(told, className="form-text mt-0 mb-1"), code]
    return html.Dialog(
        [
            html.Div([html.H2("The call behind this chart"), close], className="dt-card-head"),
            html.Div(parts, className="dt-card-body ex-calls"),
        ],
        id=ids.CODE,
        className="dt-dialog",
        **aria(label="The call behind this chart"),
    )


def _words(title: str, told: str) -> list[html.B | html.Span]:
    return [html.B(title), html.Span(told, className="dt-faint")]
