"""What every answer tells the browser: what may run, what may frame, what to keep."""

from collections.abc import Sequence

from flask import Flask, request
from werkzeug.wrappers import Response

from dash_app.gate import STATIC_PREFIXES

DAY = 24 * 3600
YEAR = 365 * DAY
FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def init_headers(server: Flask, script_hashes: Sequence[str]) -> None:
    """Add the headers to every answer of the server."""
    policy = content_security_policy(script_hashes)

    def add(response: Response) -> Response:
        response.headers.update(FIXED)
        response.headers.setdefault("Content-Security-Policy", policy)
        if request.is_secure:
            response.headers["Strict-Transport-Security"] = f"max-age={YEAR}"
        return with_cache_rule(response)

    server.after_request(add)


def content_security_policy(script_hashes: Sequence[str]) -> str:
    """Return the policy: our own files only, and the inline scripts whose hashes are given.

    Styles may be inline because Dash's components and plotly.js write them.
    """
    rules = {
        "default-src": "'self'",
        "script-src": " ".join(["'self'", *script_hashes]),
        "style-src": "'self' 'unsafe-inline'",
        "img-src": "'self' data: blob:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def with_cache_rule(response: Response) -> Response:
    """Keep versioned files for a year, other files for a day, and pages not at all.

    A route that says so itself is kept as it says.
    """
    if not request.path.startswith(STATIC_PREFIXES):
        response.headers.setdefault("Cache-Control", "no-store")
    elif request.path.startswith("/assets/") and "m" not in request.args:
        response.cache_control.max_age = DAY
    return response
