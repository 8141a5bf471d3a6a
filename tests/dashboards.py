"""The dashboard for tests: a Flask server, a visitor's worth of cookies, layouts to walk."""

from typing import Any

from dash.development.base_component import Component
from fastapi.testclient import TestClient
from flask import Flask
from flask.testing import FlaskClient
from pydantic import SecretStr
from werkzeug.test import TestResponse

from dash_app.account import STATE, Api
from dash_app.app import create_app
from dash_app.gate import CSRF_COOKIE, CSRF_FIELD, CSRF_HEADER
from dtbase.settings import WebSettings
from tests.wire import Wire

SECRET = SecretStr("a-secret-that-only-the-tests-know-0123456789")
NOWHERE = "redis://127.0.0.1:1/0"


def dashboard(redis_url: str = NOWHERE, api_url: str = "http://127.0.0.1:1") -> Flask:
    """Assemble the dashboard in front of an API."""
    settings = WebSettings.model_validate(
        {"api_url": api_url, "redis_url": redis_url, "secret_key": SECRET}
    )
    server: Flask = create_app(settings).server
    server.test_client_class = Visitor
    return server


class Visitor(FlaskClient):
    """A browser that reads every answer to its end."""

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        """Send a request and close what answers it."""
        return super().open(*args, **{"buffered": True, **kwargs})


def in_front_of(api: TestClient, redis_url: str) -> Flask:
    """Assemble the dashboard in front of an API in this process."""
    server = dashboard(redis_url, api_url="http://api")
    server.extensions[STATE] = Api("http://api", Wire(api), "proof")
    return server


def token_of(visitor: FlaskClient) -> str:
    """Return the CSRF token that a visit to the log-in left in the visitor."""
    visitor.get("/login")
    cookie = visitor.get_cookie(CSRF_COOKIE)
    assert cookie is not None
    return cookie.value


def submit_login(
    visitor: FlaskClient, email: str, password: str, target: str = "/"
) -> TestResponse:
    """Send the log-in form as a visitor does."""
    form = {"email": email, "password": password, "next": target, CSRF_FIELD: token_of(visitor)}
    return visitor.post("/login", data=form)


def call_back(visitor: FlaskClient, token: str) -> TestResponse:
    """Ask for the page as Dash's own script does."""
    callback = {
        "output": "..app.children...routed.data...changes.data..",
        "outputs": [
            {"id": "app", "property": "children"},
            {"id": "routed", "property": "data"},
            {"id": "changes", "property": "data"},
        ],
        "inputs": [
            {"id": "url", "property": "pathname", "value": "/"},
            {"id": "outage-retry", "property": "n_clicks", "value": None},
        ],
        "state": [
            {"id": "routed", "property": "data", "value": False},
            {"id": "changes", "property": "data", "value": None},
        ],
        "changedPropIds": ["url.pathname"],
        "parsedChangedPropsIds": ["url.pathname"],
    }
    return visitor.post("/_dash-update-component", json=callback, headers={CSRF_HEADER: token})


def components_in(part: Any) -> list[Any]:  # any content of a component
    """Return all components of a layout."""
    children = getattr(part, "children", None)
    nested = children if isinstance(children, list | tuple) else [children]
    here = [part] if isinstance(part, Component) else []
    return here + [each for child in nested if child is not None for each in components_in(child)]
