"""Logging in and out: one form, rendered on the server."""

from flask import Blueprint, Flask, current_app, redirect, render_template, request
from werkzeug.wrappers import Response

from dash_app import account, gate
from dash_app.asset_files import asset_url
from dash_app.theme import chosen_theme
from dtbase.errors import DTBaseError, Invalid, NotAuthenticated, TooMany, Unavailable

MISMATCH = "E-mail and password do not match."
ENDED = "You were logged out after 30 minutes without use. Log in and you come back."

pages = Blueprint("login", __name__)


def init_login(server: Flask) -> None:
    """Serve the log-in, the log-out and the health of this process."""
    server.register_blueprint(pages)
    server.jinja_env.globals["asset"] = asset_url


@pages.get("/login")
def show() -> Response | str:
    """Show the form, or pass on who is logged in already."""
    target = gate.safe_target(request.args.get("next"))
    if account.session_is_open():
        return redirect(target)
    return form(target, reason=ENDED if "ended" in request.args else None)


@pages.post("/login")
def enter() -> Response | tuple[str, int]:
    """Log in and go on to where the visitor wanted to be."""
    email = request.form.get("email", "").strip()
    target = gate.safe_target(request.form.get("next"))
    try:
        account.log_in(email, request.form.get("password", ""))
    except DTBaseError as error:
        current_app.logger.info("log-in refused: %s", type(error).__name__)
        return form(target, email=email, error=sentence(error)), 401
    return redirect(target)


@pages.post("/logout")
def leave() -> Response:
    """Log out and show the form."""
    account.log_out()
    return redirect("/login")


@pages.get("/health")
def health() -> tuple[str, int]:
    """Say that this process answers; the API tells the health of the rest."""
    return "ok", 200


def form(
    target: str, *, email: str = "", error: str | None = None, reason: str | None = None
) -> str:
    return render_template(
        "login.html",
        theme=chosen_theme(),
        twin=account.twin(),
        csrf=gate.csrf_form_token(),
        target=target,
        email=email,
        error=error,
        reason=reason,
    )


def sentence(error: DTBaseError) -> str:
    """Say in words why a log-in failed, without saying which half was wrong."""
    if isinstance(error, NotAuthenticated | Invalid):
        return MISMATCH
    if isinstance(error, TooMany):
        return f"{error.detail[:1].upper()}{error.detail[1:].rstrip('.')}."
    if isinstance(error, Unavailable):
        return "The data service does not answer. Try again in a minute."
    return f"Logging in failed: {error.detail}."
