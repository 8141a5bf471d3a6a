"""The one door: nothing is served before log-in but what is listed here."""

import secrets
from hashlib import sha256
from hmac import compare_digest, new
from urllib.parse import quote, urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, request, session
from werkzeug.wrappers import Response as BaseResponse

from dash_app.account import session_is_open
from dtbase.domain.people.invitations import PATH as INVITATION

OPEN_PATHS = frozenset({"/login", INVITATION, "/health", "/favicon.ico", "/_favicon.ico"})
STATIC_PREFIXES = ("/assets/", "/_dash-component-suites/")
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
CSRF_COOKIE = "_csrf_token"
CSRF_HEADER = "X-CSRFToken"
CSRF_FIELD = "csrf_token"


def init_gate(server: Flask) -> None:
    """Check every request of the server before anything else sees it."""
    server.before_request(refuse_without_store)
    server.before_request(refuse_strangers)
    server.before_request(refuse_forgeries)
    server.after_request(send_csrf_cookie)


def refuse_without_store() -> BaseResponse | None:
    """Say that the session store is away, instead of logging everybody out."""
    if not getattr(session, "unreachable", False) or is_open(request.path):
        return None
    return Response("The session store does not answer. Try again in a minute.", status=503)


def refuse_strangers() -> BaseResponse | None:
    """Send whoever is not logged in to the log-in; callbacks get a 401."""
    if is_open(request.path) or session_is_open():
        return None
    if request.method not in SAFE_METHODS or request.path.startswith("/_"):
        return Response("Log in first.", status=401)
    return redirect(login_address(request.full_path.rstrip("?")))


def refuse_forgeries() -> None:
    """Accept a change only with the token that our own pages know."""
    if request.method in SAFE_METHODS:
        return
    cookie = request.cookies.get(CSRF_COOKIE, "")
    sent = request.headers.get(CSRF_HEADER) or request.form.get(CSRF_FIELD, "")
    if not (is_our_token(cookie) and compare_digest(cookie.encode(), sent.encode())):
        abort(403, "This form is stale. Load the page again.")


def is_open(path: str) -> bool:
    """Tell whether the path is served to strangers; of files only what a route of files serves."""
    rule = "" if request.url_rule is None else request.url_rule.rule
    return path in OPEN_PATHS or (
        path.startswith(STATIC_PREFIXES) and rule.startswith(STATIC_PREFIXES)
    )


def login_address(target: str) -> str:
    """Return the address of the log-in that leads on to the target."""
    return "/login" if target == "/" else f"/login?next={quote(target)}"


def safe_target(target: str | None) -> str:
    """Return the path if it stays on this site, else the front page."""
    if not target or not target.startswith("/") or target.startswith("/login"):
        return "/"
    if target[1:2] in {"/", "\\"} or not target.isprintable() or " " in target:
        return "/"
    parts = urlsplit(target)
    return "/" if parts.scheme or parts.netloc or "\\" in target else target


def csrf_token() -> str:
    """Return the token of this browser, made by us now or earlier."""
    cookie = request.cookies.get(CSRF_COOKIE, "")
    return cookie if is_our_token(cookie) else _signed(secrets.token_urlsafe(24))


def is_our_token(token: str) -> bool:
    """Tell whether we signed the token."""
    nonce, _, _ = token.partition(".")
    return bool(nonce) and compare_digest(token.encode(), _signed(nonce).encode())


def send_csrf_cookie(response: BaseResponse) -> BaseResponse:
    """Give a page the token; scripts of this site may read it, others cannot."""
    if response.mimetype == "text/html":
        token = csrf_form_token()
        response.set_cookie(CSRF_COOKIE, token, secure=request.is_secure, samesite="Lax")
    return response


def csrf_form_token() -> str:
    """Return one token for the form and for the cookie of the same answer."""
    if "csrf" not in g:
        g.csrf = csrf_token()
    return str(g.csrf)


def _signed(nonce: str) -> str:
    key = str(current_app.config["SECRET_KEY"]).encode()
    owner = getattr(session, "identity", None) or ""  # a token of another session is none of ours
    signed = f"csrf:{owner}:{nonce}".encode()
    return f"{nonce}.{new(key, signed, sha256).hexdigest()[:32]}"
