"""The way of a file from the browser to the API, which reads it each time it is asked."""

from typing import Any

from flask import Blueprint, Flask, Response, abort, request

from dash_app import account
from dash_app.words import error_sentence
from dtbase.client import Client
from dtbase.domain.frozen import Frozen
from dtbase.domain.imports.imports import title_of
from dtbase.domain.imports.reports import ImportAnswer
from dtbase.domain.imports.said import SaidProfile
from dtbase.errors import Declined, NotAuthenticated, Unavailable, Violation

PATH = "/_import"
MOST = 64 * 1024 * 1024
ROOM = 1024 * 1024
"""Beside the file."""
SECONDS = 600.0

routes = Blueprint("importing", __name__)


class Ask(Frozen):
    """How a file is to be read, and what is to be done with it."""

    profile: str | None = None
    said: SaidProfile = SaidProfile()
    skip_bad: bool = False
    dry_run: bool = True
    asked: float = 0


class Came(Frozen):
    """What came of a file: an answer, or why it was refused."""

    file: str
    ask: Ask
    answer: ImportAnswer | None = None
    refused: str = ""
    violations: tuple[dict[str, Any], ...] = ()


def init_importing(server: Flask) -> None:
    """Take files for the API."""
    server.register_blueprint(routes)


@routes.post(PATH)
def pass_on() -> Response:
    """Send a file on to the API, and answer what came of it."""
    if not account.may_edit():
        abort(403)
    request.max_content_length = MOST + ROOM
    file = request.files.get("file")
    if file is None:
        abort(400)
    name = title_of(file.filename or "")
    ask = Ask.model_validate_json(request.form.get("ask", "{}"))
    try:
        came = sent(account.api(SECONDS), name, file.read(), ask)
    except NotAuthenticated:
        account.forget()
        return Response("Log in first.", status=401)
    except Unavailable:
        return Response("The data service does not answer.", status=503)
    except Declined as error:
        refused = error_sentence(error.detail)
        came = Came(file=name, ask=ask, refused=refused, violations=listed(error.violations))
    return Response(came.model_dump_json(exclude_unset=True), mimetype="application/json")


def sent(client: Client, name: str, content: bytes, ask: Ask) -> Came:
    answer = client.imports.send(
        content,
        name=name,
        profile=ask.profile,
        said=ask.said,
        dry_run=ask.dry_run,
        register_new=True,
        skip_bad=ask.skip_bad,
    )
    return Came(file=name, ask=ask, answer=answer)


def listed(violations: Any) -> tuple[dict[str, Violation], ...]:
    return tuple(dict(each) for each in violations[:100])
