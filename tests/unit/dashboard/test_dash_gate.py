"""Nothing is served before log-in but what is listed, and nothing changes without our token."""

import re
from collections.abc import Iterator
from datetime import datetime

import pytest
from dash import dcc
from flask import Flask
from flask.testing import FlaskClient
from flask_login import login_user
from plotly.offline import get_plotlyjs_version
from requests import ConnectionError, PreparedRequest, Response
from requests.adapters import BaseAdapter
from werkzeug.routing import Rule

from dash_app.account import STATE, Account
from dash_app.app import PAGES
from dash_app.asset_files import FOLDER
from dash_app.gate import CSRF_COOKIE, CSRF_FIELD, OPEN_PATHS, STATIC_PREFIXES, safe_target
from dash_app.pages import explore
from dash_app.shell import page_frame
from dash_app.theme import COOKIE as THEME_COOKIE
from dash_app.theme import SYSTEM_COOKIE
from dtbase.domain.people.users import Role, User
from dtbase.domain.registry.twin import Twin
from dtbase.proxies import HEADER
from tests.dashboards import components_in, dashboard, token_of
from tests.scenes import NOW

TWIN = Twin(name="Farm", timezone="America/New_York", notice="Replay of 2013")
USER = User(id=1, email="ada@example.org", role=Role.EDITOR, active=True, created_at=NOW)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Recording(BaseAdapter):
    """An API that remembers what it was asked and never answers."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[PreparedRequest] = []

    def send(self, request: PreparedRequest, *_: object, **__: object) -> Response:
        """Remember the request and fail as a network does."""
        self.asked.append(request)
        raise ConnectionError

    def close(self) -> None:
        """Have nothing to close."""


@pytest.fixture(scope="module")
def server() -> Flask:
    return dashboard()


@pytest.fixture
def visitor(server: Flask) -> Iterator[FlaskClient]:
    with server.test_client() as visitor:
        yield visitor


def path_of(rule: Rule) -> str:
    return rule.rule.replace("<path:path>", "any/page").replace("<path:filename>", "x.js")


def test_every_route_refuses_strangers_unless_it_is_listed(
    server: Flask, visitor: FlaskClient
) -> None:
    rules = [rule for rule in server.url_map.iter_rules() if "static" not in rule.endpoint]
    closed = [r for r in rules if path_of(r) not in OPEN_PATHS and "<string:" not in r.rule]
    assert len(closed) > 5
    for rule in closed:
        for method in (rule.methods or set()) & set(METHODS):
            answer = visitor.open(path_of(rule), method=method)
            assert answer.status_code in {302, 401}, (method, rule.rule)
            assert answer.status_code == 401 or answer.location.startswith("/login")


@pytest.mark.parametrize(
    "path",
    [
        "/loginx",
        "/login/x",
        "/health/x",
        "/assets",
        "/assets/",
        "/assets//",
        "/_dash-component-suites/",
        "/assets/nothing/",
        "/assetsx/y",
        "/_dash-component-suitesx/y",
        "/%2e/",
    ],
)
def test_paths_that_look_like_open_ones_are_closed(visitor: FlaskClient, path: str) -> None:
    assert visitor.get(path).status_code in {302, 308, 401, 404}
    assert visitor.get(path).status_code != 200


def test_a_callback_of_a_stranger_gets_a_401_and_no_redirect(visitor: FlaskClient) -> None:
    for path in ("/_dash-layout", "/_dash-dependencies"):
        assert visitor.get(path).status_code == 401
    assert visitor.post("/_dash-update-component", json={}).status_code == 401


def test_what_a_stranger_may_have_is_there(visitor: FlaskClient) -> None:
    assert visitor.get("/login").status_code == 200
    assert visitor.get("/health").text == "ok"
    assert visitor.get("/assets/10-tokens.css").status_code == 200


def test_a_page_leads_to_the_log_in_and_from_there_back(visitor: FlaskClient) -> None:
    answer = visitor.get("/explore?s=EWR/temperature&range=1y")
    assert answer.location == "/login?next=/explore%3Fs%3DEWR/temperature%26range%3D1y"
    assert 'value="/explore?s=EWR/temperature&amp;range=1y"' in visitor.get(answer.location).text


def test_the_folders_of_files_do_not_lead_out(visitor: FlaskClient) -> None:
    for prefix in STATIC_PREFIXES:
        assert visitor.get(f"{prefix}../app.py").status_code in {302, 404, 401}
        assert visitor.get(f"{prefix}%2e%2e/app.py").status_code in {302, 404, 401}


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example",
        "https:evil.example",
        "javascript:alert(1)",
        "/\t/evil.example",
        "/\n/evil.example",
        "/ /evil.example",
        "///evil.example",
        "evil.example",
        "/login?next=/x",
        "",
        None,
    ],
)
def test_a_target_that_leads_elsewhere_becomes_the_front_page(target: str | None) -> None:
    assert safe_target(target) == "/"


@pytest.mark.parametrize("target", ["/", "/explore", "/explore?s=EWR/temperature&from=1:00Z"])
def test_a_target_on_this_site_stays(target: str) -> None:
    assert safe_target(target) == target


def test_a_form_without_our_token_is_refused(visitor: FlaskClient) -> None:
    token_of(visitor)
    form = {"email": "ada@example.org", "password": "x"}
    assert visitor.post("/login", data=form).status_code == 403
    assert visitor.post("/login", data={**form, CSRF_FIELD: "guessed"}).status_code == 403


def test_a_token_that_we_did_not_sign_is_refused_even_as_a_cookie(visitor: FlaskClient) -> None:
    visitor.set_cookie(CSRF_COOKIE, "planted.0123")
    form = {"email": "ada@example.org", "password": "x", CSRF_FIELD: "planted.0123"}
    assert visitor.post("/login", data=form).status_code == 403


def test_a_dead_api_is_told_as_a_sentence_at_the_log_in(visitor: FlaskClient) -> None:
    form = {"email": "ada@example.org", "password": "x", CSRF_FIELD: token_of(visitor)}
    answer = visitor.post("/login", data=form)
    assert answer.status_code == 401
    assert "The data service does not answer" in answer.text
    assert 'value="ada@example.org"' in answer.text


def test_the_api_learns_from_where_somebody_logs_in(server: Flask) -> None:
    api = Recording()
    usual = server.extensions[STATE]
    server.extensions[STATE] = usual._replace(url="http://api", connections=api)
    with server.test_client() as visitor:
        form = {"email": "ada@example.org", "password": "x", CSRF_FIELD: token_of(visitor)}
        visitor.post("/login", data=form, environ_overrides={"REMOTE_ADDR": "203.0.113.7"})
    server.extensions[STATE] = usual
    told = {each.path_url: each.headers for each in api.asked}["/v1/auth/login"]
    assert told["X-Forwarded-For"] == "203.0.113.7"
    assert told[HEADER] == usual.proof


def test_a_dead_api_delays_the_log_in_form_by_one_short_look(server: Flask) -> None:
    api = Recording()
    usual = server.extensions[STATE]
    server.extensions[STATE] = usual._replace(url="http://api", connections=api)
    with server.test_client() as visitor:
        assert "To the measurements and forecasts of this twin" in visitor.get("/login").text
    server.extensions[STATE] = usual
    assert [each.path_url for each in api.asked] == ["/v1/twin"]


def test_only_our_own_scripts_run(visitor: FlaskClient) -> None:
    policy = visitor.get("/login").headers["Content-Security-Policy"]
    scripts = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert "unsafe" not in scripts
    assert "http" not in scripts
    assert "'sha256-" in scripts
    assert "frame-ancestors 'none'" in policy


def test_every_answer_carries_the_security_headers(visitor: FlaskClient) -> None:
    for path in ("/login", "/", "/assets/10-tokens.css", "/_dash-layout"):
        headers = visitor.get(path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        assert "Content-Security-Policy" in headers


def test_the_log_in_fetches_ahead_what_the_first_page_brings(visitor: FlaskClient) -> None:
    ahead = re.findall(
        r'rel="prefetch" as="(?:script|style)" href="([^"]+)"', visitor.get("/login").text
    )
    for part in ("dash_renderer", "05-plotly.min.js", "60-explore.js", "45-explore.css"):
        (address,) = [each for each in ahead if part in each]
        assert visitor.get(address).status_code == 200


def test_pages_are_not_kept_and_versioned_files_are_kept_for_a_year(visitor: FlaskClient) -> None:
    assert visitor.get("/login").headers["Cache-Control"] == "no-store"
    kept = visitor.get("/assets/10-tokens.css?m=1").headers["Cache-Control"]
    assert "max-age=31536000" in kept
    assert "max-age=86400" in visitor.get("/assets/icons/link.svg").headers["Cache-Control"]


@pytest.mark.parametrize(
    ("cookie", "theme"), [("dark", "dark"), ("light", "light"), ("><", "light")]
)
def test_the_server_sets_the_theme_before_anything_is_drawn(
    visitor: FlaskClient, cookie: str, theme: str
) -> None:
    visitor.set_cookie(THEME_COOKIE, cookie)
    assert f'<html lang="en" data-bs-theme="{theme}">' in visitor.get("/login").text


def test_the_theme_is_the_systems_until_somebody_chooses(visitor: FlaskClient) -> None:
    visitor.set_cookie(SYSTEM_COOKIE, "dark")
    assert 'data-bs-theme="dark"' in visitor.get("/login").text
    visitor.set_cookie(THEME_COOKIE, "light")
    assert 'data-bs-theme="light"' in visitor.get("/login").text


def test_the_theme_is_set_by_a_file_of_ours_before_the_styles_are_read(
    visitor: FlaskClient,
) -> None:
    head = visitor.get("/login").text.partition("</head>")[0]
    assert head.index("/assets/first/theme.js") < head.index("stylesheet")
    assert visitor.get("/assets/first/theme.js").status_code == 200


def test_no_page_asks_another_host_for_anything(visitor: FlaskClient) -> None:
    page = visitor.get("/login").text
    assert "http://" not in page
    assert "https://" not in page


def test_no_chart_of_any_page_can_be_sent_away(server: Flask) -> None:
    with server.test_request_context("/"):
        login_user(Account(USER))
        parts = [
            part for page in PAGES for each in page.layout(TWIN) for part in components_in(each)
        ]
    graphs = [part for part in parts if part.__class__.__name__ == "Graph"]
    assert graphs
    for graph in graphs:
        assert graph.config["showSendToCloud"] is False
        assert graph.config["displaylogo"] is False


def test_every_page_shows_the_notice_of_the_twin(server: Flask) -> None:
    with server.test_request_context("/"):
        login_user(Account(USER))
        for page in PAGES:
            texts = [
                getattr(p, "children", None) for e in page.layout(TWIN) for p in components_in(e)
            ]
            assert "Replay of 2013" in texts


@pytest.mark.parametrize(("ends", "asked"), [(None, False), (NOW, True)])
def test_who_still_has_the_first_password_is_asked_for_another_on_every_page(
    server: Flask, ends: datetime | None, asked: bool
) -> None:
    user = USER.model_copy(update={"password_expires_at": ends})
    with server.test_request_context("/"):
        login_user(Account(user))
        for page in PAGES:
            shown = components_in(page_frame(PAGES, page.path, user, TWIN))
            links = [part.children for part in shown if isinstance(part, dcc.Link)]
            assert ("Choose your own" in links) is asked


@pytest.mark.parametrize(("role", "offered"), [(Role.VIEWER, False), (Role.EDITOR, True)])
def test_only_who_may_change_things_is_offered_a_forecast(
    server: Flask, role: Role, offered: bool
) -> None:
    with server.test_request_context("/"):
        login_user(Account(USER.model_copy(update={"role": role})))
        parts = [p for each in explore.PAGE.layout(TWIN) for p in components_in(each)]
    assert ("explore-forecast" in [getattr(part, "id", None) for part in parts]) is offered


def test_the_vendored_plotly_is_the_version_that_python_draws_for() -> None:
    bundle = (FOLDER / "05-plotly.min.js").read_text(encoding="utf-8")[:200]
    assert f"v{get_plotlyjs_version()}" in bundle


def test_raw_colours_stand_in_the_tokens_alone() -> None:
    own = list(FOLDER.glob("[2-9]*.css"))
    assert len(own) >= 4
    for sheet in own:
        text = sheet.read_text(encoding="utf-8")
        assert not re.search(r":[^;{}]*(#[0-9a-fA-F]{3,8}\b|rgba?\(\d)", text), sheet.name
