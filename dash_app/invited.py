"""Coming in by an invitation: two small forms, rendered on the server."""

from flask import Blueprint, Flask, current_app, redirect, render_template, request
from werkzeug.wrappers import Response

from dash_app import account, gate
from dash_app.login import sentence
from dash_app.theme import chosen_theme
from dash_app.words import error_sentence
from dtbase.domain.people.invitations import PATH, Invited
from dtbase.domain.people.users import Role
from dtbase.errors import AlreadyExists, DTBaseError, Invalid, NotFound

GONE = (
    "This link opens nothing: it was used or withdrawn, has run out, or is not whole. "
    "An administrator of this site can invite you anew."
)
THERE = (
    "There is an account with this e-mail already: log in, or ask an administrator of this site."
)
AS = {
    Role.VIEWER: "who sees everything",
    Role.EDITOR: "who changes things and starts runs",
    Role.ADMIN: "an administrator",
}

pages = Blueprint("invitation", __name__)


def init_invitations(server: Flask) -> None:
    """Serve the page that an invitation's link leads to."""
    server.register_blueprint(pages)


@pages.get(PATH)
def show() -> str:
    """Show where the link goes in; the browser sends it on by itself."""
    return form()


@pages.post(PATH)
def take() -> Response | str | tuple[str, int]:
    """Ask for a password, and then go in with it."""
    token = request.form.get("token", "").rpartition("#")[2].strip()
    try:
        invited = account.look_at(token)
    except DTBaseError as error:
        return refused(error)
    if "password" not in request.form:
        return form(token, invited)
    try:
        account.accept(token, request.form["password"])
    except Invalid as error:
        return form(token, invited, error=error_sentence(rule_of(error))), 422
    except DTBaseError as error:
        return refused(error)
    return redirect("/")


def rule_of(error: Invalid) -> str:
    return error.violations[0]["rule"] if error.violations else error.detail


def refused(error: DTBaseError) -> tuple[str, int]:
    """Say why a link does not lead in: the same whatever became of it."""
    current_app.logger.info("invitation refused: %s", error.code)
    if isinstance(error, NotFound | Invalid):
        return form(error=GONE), 404
    return form(error=THERE if isinstance(error, AlreadyExists) else sentence(error)), 403


def form(token: str = "", invited: Invited | None = None, *, error: str | None = None) -> str:
    return render_template(
        "invitation.html",
        theme=chosen_theme(),
        twin=account.twin(),
        csrf=gate.csrf_form_token(),
        token=token,
        invited=invited,
        role=AS[invited.role] if invited else "",
        error=error,
    )
