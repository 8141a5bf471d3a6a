"""The dashboard below a path, and behind proxies that it believes or not."""

import json
from collections.abc import Iterator
from ipaddress import ip_network

import pytest
from flask import Flask, Response, redirect, request
from flask.testing import FlaskClient

from dash_app.mounting import CALLBACK, mount

PAGE = """<a href="/explore">E</a><form action="/logout"></form><img src="/assets/a.svg">
<script src="/twin/_dash-component-suites/x.js"></script><a href="//elsewhere.org/">x</a>"""


@pytest.fixture
def browser() -> Iterator[FlaskClient]:
    """Serve a page, a redirect and a callback below /twin, behind one trusted proxy."""
    server = Flask("below")

    @server.get("/")
    def page() -> str:
        return PAGE

    @server.get("/away")
    def away() -> Response:
        answer = redirect("/login")
        answer.set_cookie("dtbase_session", "x", secure=request.is_secure)
        return answer  # type: ignore[return-value]  # a response of werkzeug is one of Flask

    @server.get("/who")
    def who() -> dict[str, str]:
        return {"address": str(request.remote_addr), "scheme": request.scheme}

    @server.post(CALLBACK)
    def callback() -> Response:
        link = {"props": {"href": "/explore?s=a", "children": '"href":"/text"'}}
        heard = request.get_json()["inputs"][0]["value"]
        answer = json.dumps({"heard": heard, "link": link, "pathname": "/forecasts"})
        if request.args:  # Dash writes each slash so
            answer = answer.replace("/", "\\u002f")
        return Response(answer, mimetype="application/json")

    mount(server, "/twin", [ip_network("10.0.0.0/8")])
    with server.test_client() as client:
        yield client


@pytest.mark.parametrize("path", ["/twin/", "/twin", "/"])
def test_a_page_is_found_whether_or_not_the_proxy_took_the_prefix_off(
    browser: FlaskClient, path: str
) -> None:
    assert browser.get(path).status_code == 200


def test_addresses_in_a_page_get_the_prefix_once_and_those_of_others_do_not(
    browser: FlaskClient,
) -> None:
    page = browser.get("/twin/").text
    for expected in (
        'href="/twin/explore"',
        'action="/twin/logout"',
        'src="/twin/assets/a.svg"',
        'src="/twin/_dash-component-suites/x.js"',
        'href="//elsewhere.org/"',
    ):
        assert expected in page


def test_a_redirect_and_a_cookie_stay_below_the_prefix(browser: FlaskClient) -> None:
    answer = browser.get("/twin/away")
    assert answer.headers["Location"] == "/twin/login"
    assert answer.headers["Set-Cookie"] == "dtbase_session=x; Path=/twin/"


@pytest.mark.parametrize("query", ["", "?escaped=1"])
def test_callbacks_hear_and_tell_addresses_as_pages_know_them(
    browser: FlaskClient, query: str
) -> None:
    told = {"inputs": [{"id": "url", "property": "pathname", "value": "/twin/explore"}]}
    body = json.dumps(told, separators=(",", ":"))
    answer = browser.post(f"/twin{CALLBACK}{query}", data=body, content_type="application/json")
    assert answer.json is not None
    assert answer.json["heard"] == "/explore"
    assert answer.json["pathname"] == "/twin/forecasts"
    assert answer.json["link"]["props"] == {
        "href": "/twin/explore?s=a",
        "children": '"href":"/text"',
    }


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ("10.1.2.3", {"address": "198.51.100.7", "scheme": "https"}),
        ("192.0.2.1", {"address": "192.0.2.1", "scheme": "http"}),
    ],
)
def test_only_a_trusted_proxy_is_believed_who_asks_and_how(
    browser: FlaskClient, peer: str, expected: dict[str, str]
) -> None:
    told = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7", "X-Forwarded-Proto": "https"}
    answer = browser.get("/twin/who", headers=told, environ_base={"REMOTE_ADDR": peer})
    assert answer.json == expected


def test_a_cookie_is_marked_secure_where_a_trusted_proxy_speaks_https(
    browser: FlaskClient,
) -> None:
    told = {"X-Forwarded-Proto": "https"}
    answer = browser.get("/twin/away", headers=told, environ_base={"REMOTE_ADDR": "10.1.2.3"})
    assert "Secure" in answer.headers["Set-Cookie"]
