"""Find when: the periods in which conditions held, and what looks alike, in all that is stored."""

from dash import ClientsideFunction, Dash, Input, Output, dcc, html
from dash.development.base_component import Component

from dash_app import ids as shared
from dash_app import keeping
from dash_app.finding import cards, drawing, form, ids
from dash_app.finding.view import PATH, View
from dash_app.navigation import Page
from dash_app.shell import frame
from dtbase.domain.registry.twin import Twin


def layout(twin: Twin) -> list[Component]:
    """Return the page before anything was looked for."""
    content = [
        form.sentence(View(), []),
        html.Div(cards.nothing_asked(), id=ids.BODY, className="dt-stack"),
        dcc.Store(id=ids.HERE, data=True),
        dcc.Store(id=ids.REQUEST),
        dcc.Download(id=ids.DOWNLOAD),
    ]
    return frame(twin, "Find when", actions=[keeping.menu()], content=content, name="fw")


def register(app: Dash) -> None:
    """Connect the address with what is found."""
    app.clientside_callback(
        ClientsideFunction("finding", "compose"),
        Output(ids.REQUEST, "data"),
        Input(shared.URL, "search"),
        Input(shared.THEME, "data"),
        Input(shared.OUTAGE_RETRY, "n_clicks"),
        Input(shared.URL, "pathname"),
        Input(ids.HERE, "data", allow_optional=True),
    )
    drawing.register(app)


PAGE = Page(path=PATH, title="Find when", icon="filter", layout=layout, register=register)
