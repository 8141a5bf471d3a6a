"""Pages that draw what their address names, and draw it anew as that or what is known changes.

Each has a script `assets/60-<page>.js` whose `compose` says what to draw.
"""

from time import time

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from dash_app import ids as shared


def led_to(search: str) -> dict[str, str | float]:
    """Return what leads to an address of the same page, also to one where somebody just was."""
    return {"search": search, "at": time()}


def without(search: str | None, *beginnings: str) -> str:
    """Return an address's search without the parts that begin in one of these ways."""
    parts = (search or "").removeprefix("?").split("&")
    kept = [each for each in parts if each and not each.startswith(beginnings)]
    return "?" + "&".join(kept) if kept else ""


def title(page: str, words: str) -> list[Component]:
    """Return the heading before it is known what the address names."""
    room = "dt-heading align-items-center"
    return [html.Div(html.H1(words), id=f"{page}-heading", className=room)]


def stores(page: str) -> list[Component]:
    """Keep what is to be drawn, how often a callback wished it anew, and that the page is here."""
    return [
        dcc.Store(id=f"{page}-request"),
        dcc.Store(id=f"{page}-refresh", data=0),
        dcc.Store(id=f"{page}-here", data=True),
    ]


def register(app: Dash, page: str) -> None:
    """Let the page's script say what to draw."""
    app.clientside_callback(
        ClientsideFunction(page, "compose"),
        Output(f"{page}-request", "data"),
        Input(shared.URL, "search"),
        Input(shared.CHANGES, "data"),
        Input(shared.OUTAGE_RETRY, "n_clicks"),
        Input(f"{page}-refresh", "data", allow_optional=True),
        Input(f"{page}-here", "data", allow_optional=True),
    )
