"""The ways to every page: the navigation at the left, and the bar at the foot of a phone."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dash_app.aria import aria
from dash_app.gate import CSRF_FIELD, csrf_form_token
from dash_app.icons import icon
from dash_app.navigation import Page
from dtbase.domain.people.users import User

ACCOUNT = "/account"
ON_A_PHONE = 3
"""So many pages stand in a phone's bar, beside Find and More."""

Pages = tuple[Page, ...]


def side(pages: Pages, current: Page | None, user: User) -> html.Nav:
    """Return the navigation at the left, with who is logged in at its foot."""
    entries: list[Component] = []
    for group, members in groups(pages):
        if group:
            entries.append(html.H2(group, className="dt-nav-group"))
        entries += [_link(page, current, "nav-link") for page in members]
    return html.Nav(
        [brand(), _find(), *entries, _foot(user)], className="dt-nav", **aria(label="Main")
    )


def bottom(pages: Pages, current: Page | None, user: User) -> html.Nav:
    """Return the bar at the foot of a phone: three pages, Find and More."""
    listed = [page for page in pages if page.listed]
    links = [_link(page, current, "dt-tab") for page in listed[:ON_A_PHONE]]
    find = html.Button([icon("search"), "Find"], type="button", className="dt-tab dt-find-open")
    more = _more(tuple(listed[ON_A_PHONE:]), current, user)
    return html.Nav([*links, find, more], className="dt-tabs-bottom", **aria(label="Main, phone"))


def groups(pages: Pages) -> Iterator[tuple[str, Pages]]:
    """Return the pages that are listed under their headings."""
    listed = [page for page in pages if page.listed]
    for group, members in groupby(listed, key=lambda page: page.group):
        yield group, tuple(members)


def brand() -> html.A:
    """Return the name and the drawing that lead to the front page."""
    return html.A([html.Span(className="dt-logo"), "DTBase"], href="/", className="dt-brand")


def log_out_form(kind: str, text: str = "") -> html.Form:
    """Return the button that ends the session."""
    button = html.Button(
        [icon("out"), text], type="submit", className=kind, title="Log out", **aria(label="Log out")
    )
    token = dcc.Input(type="hidden", name=CSRF_FIELD, value=csrf_form_token())
    return html.Form([token, button], action="/logout", method="post")


def _find() -> html.Button:
    return html.Button(
        [icon("search"), "Find anything", html.Kbd("/")],
        type="button",
        className="dt-find dt-find-open",
    )


def _link(page: Page, current: Page | None, kind: str) -> html.A:
    here: dict[str, Any] = aria(current="page") if page is current else {}
    active = " active" if page is current else ""
    words: list[Component | str] = [icon(page.icon), page.title]
    if page.hint:  # told by the title, so that the link's name is the page's
        words.append(html.Span(page.hint, className="dt-nav-hint", **aria(hidden="true")))
        here["title"] = page.hint
    return html.A(words, href=page.path, className=kind + active, **here)


def _foot(user: User) -> html.Div:
    letter, role = user.email[:1].upper(), user.role.capitalize()
    who = [
        html.Span(letter, className="dt-avatar", **aria(hidden="true")),
        html.Span([html.B(user.email), html.Span(role)], className="dt-who"),
    ]
    return html.Div(
        [
            html.A(who, href=ACCOUNT, className="dt-account", title=f"Your account, {user.email}"),
            _theme_button("btn btn-link btn-icon"),
            log_out_form("btn btn-link btn-icon"),
        ],
        className="dt-nav-foot",
    )


def _more(pages: Pages, current: Page | None, user: User) -> html.Details:
    entries: list[Component] = [_link(page, current, "dt-more-entry") for page in pages]
    account = html.A([icon("user"), user.email], href=ACCOUNT, className="dt-more-entry")
    entries += [account, _theme_button("dt-more-entry", "Light or dark")]
    entries.append(log_out_form("dt-more-entry", "Log out"))
    summary = html.Summary([icon("more"), "More"], className="dt-tab")
    return html.Details([summary, html.Div(entries, className="dt-pop-body")], className="dt-pop")


def _theme_button(kind: str, text: str = "") -> html.Button:
    return html.Button(
        [icon("theme"), text],
        type="button",
        className=f"{kind} dt-theme-switch",
        title="Light or dark",
        **aria(label="Light or dark"),
    )
