"""Pages that live: what changed is asked every few seconds, for all tabs at once.

A visible page asks `/_changes` and says which versions it knows. This process asks the API once
for everybody who asks within two seconds: the answer is the same for all.
"""

from typing import cast

from dash import html
from flask import Blueprint, Flask, current_app, request
from werkzeug.wrappers import Response

from dash_app import account, ids
from dash_app.aria import aria
from dash_app.remembered import Remembered
from dtbase.domain.glance.changes import Changes
from dtbase.domain.versions import version_of
from dtbase.errors import DTBaseError, NotAuthenticated

PATH = "/_changes"
STATE = "dtbase-changes"
SHARED_SECONDS = 2.0
RECENT_SECONDS = 10.0
"""Longer than any visible page waits before it asks: it asks for all who need no newer ones."""

routes = Blueprint("live", __name__)


def init_live(server: Flask) -> None:
    """Tell pages what changed."""
    server.extensions[STATE] = Remembered[Changes](SHARED_SECONDS)
    server.register_blueprint(routes)


@routes.get(PATH)
def tell() -> Response:
    """Answer the versions, or 304 to who knows them already."""
    try:
        found = current()
    except NotAuthenticated:
        account.forget()
        return Response("Log in first.", status=401)
    except DTBaseError:
        return Response("The data service does not answer.", status=503)
    tag = tag_of(found)
    if request.headers.get("If-None-Match") == tag:
        return Response(status=304, headers={"ETag": tag})
    return Response(found.model_dump_json(), mimetype="application/json", headers={"ETag": tag})


def versions() -> dict[str, str]:
    """Return the versions as a page keeps them."""
    found = recent()
    return {"tag": tag_of(found), **found.model_dump()}


def tag_of(found: Changes) -> str:
    return f'"{version_of(found)}"'


def current() -> Changes:
    """Return the versions, at most two seconds old."""
    known = cast(Remembered[Changes], current_app.extensions[STATE])
    return known.get(_ask)


def recent() -> Changes:
    """Return the versions, at most ten seconds old: an older one is one that is asked about anew.

    Whatever is read after them is at least as new, so a page that lives never misses anything.
    """
    known = cast(Remembered[Changes], current_app.extensions[STATE])
    return known.get(_ask, seconds=RECENT_SECONDS)


def _ask(known: Changes | None) -> Changes:
    found = account.api().glance.changes(known) or known
    assert found is not None
    return found


def switch() -> html.Button:
    """Return the switch that holds the page as it is, or lets it live."""
    return html.Button(
        [html.I(className="dt-dot ok"), html.Span("Live", className="dt-hold-text")],
        id=ids.HOLD,
        type="button",
        className="btn btn-link dt-hold",
        title="New data comes by itself. Press to hold the page as it is (h).",
        **aria(pressed="false"),
    )
