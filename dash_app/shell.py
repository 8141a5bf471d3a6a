"""The frame of every page: navigation, bar, notices, toasts; and the way from path to page."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import (
    ClientsideFunction,
    Dash,
    Input,
    Output,
    State,
    ctx,
    dcc,
    html,
    no_update,
    set_props,
)
from dash.development.base_component import Component
from flask import abort

from dash_app import account, find, ids, keys_help, live
from dash_app.aria import aria
from dash_app.icons import icon
from dash_app.navigation import Page, page_at, pages_for
from dash_app.side import ACCOUNT, bottom, brand, side
from dash_app.theme import chosen_theme
from dash_app.words import error_sentence, moment, offset
from dtbase.domain.people.users import User
from dtbase.domain.registry.twin import Twin
from dtbase.errors import DTBaseError, NotAuthenticated, Unavailable

DOWN = "The data service does not answer. What you see may be old, and nothing can be changed."
MISSED = "data-missed"
"""On the banner: something could not be drawn, and has not been asked for again."""


def layout() -> html.Div:
    """Return what every page starts from: stores, toasts, and the room for the page."""
    return html.Div(
        [
            dcc.Location(id=ids.URL, refresh="callback-nav"),
            dcc.Store(id=ids.THEME, data=chosen_theme().value),
            dcc.Store(id=ids.ROUTED),
            dcc.Store(id=ids.SETTLED),
            dcc.Store(id=ids.CHANGES),
            dcc.Store(id=ids.TITLE),
            dcc.Store(id=ids.DUE),
            dcc.Store(id=ids.FIND_WORDS, data=""),
            html.Div(id=ids.APP, children=skeleton()),
            html.Div(id=ids.TOASTS, className="dt-toasts", role="status"),
            find.dialog(),
            keys_help.dialog(),
        ]
    )


def skeleton() -> html.Div:
    """Return the frame before anything is known."""
    return html.Div(
        [
            html.Nav(brand(), className="dt-nav"),
            html.Div([html.Header(className="dt-bar"), outage()], className="dt-main"),
        ],
        className="dt-app",
    )


def register(app: Dash, pages: tuple[Page, ...]) -> None:
    """Follow the address, and let the theme be switched."""

    @app.callback(
        Output(ids.APP, "children"),
        Output(ids.ROUTED, "data"),
        Output(ids.CHANGES, "data"),
        Input(ids.URL, "pathname"),
        Input(ids.OUTAGE_RETRY, "n_clicks"),
        State(ids.ROUTED, "data"),
        State(ids.CHANGES, "data"),
    )
    def follow(path: str | None, _clicks: Any, routed: Any, known: Any) -> tuple[Any, Any, Any]:
        # the browser drops the answer to an earlier question, be it the page of a link
        if ctx.triggered_id == ids.OUTAGE_RETRY and routed == path:
            return no_update, no_update, no_update
        try:
            told = known or live.versions()  # older than all that is then read
            person = account.person(live.recent().registry)
            versions = no_update if known else told
            return page_frame(pages, path, person, account.site()), path, versions
        except Unavailable:
            set_outage(shown=True)
            return no_update, None, no_update

    app.clientside_callback(
        ClientsideFunction("dtbase", "settle"),
        Output(ids.SETTLED, "data"),
        Input(ids.APP, "children"),
        Input(ids.TITLE, "data"),
        State(ids.DUE, "data"),
        State(ids.CHANGES, "data"),
    )
    app.clientside_callback(
        ClientsideFunction("dtbase", "follow"),
        Output(ids.URL, "search"),
        Input(ids.GOTO, "data", allow_optional=True),
        prevent_initial_call=True,
    )
    find.register(app, pages)


def on_error(error: Exception) -> None:
    """Answer for every callback: no session is a log-out, no API is the banner."""
    if isinstance(error, NotAuthenticated):
        account.forget()
        abort(401)
    if isinstance(error, Unavailable):
        set_outage(shown=True)
    elif isinstance(error, DTBaseError):
        say("That did not work", error_sentence(error.detail), bad=True)
    else:
        raise error


def say(title: str, text: str = "", *, bad: bool = False) -> None:
    """Show a toast; it goes after five seconds unless it tells of trouble."""
    say_all([toast(title, text, bad=bad)])


def say_all(toasts: Sequence[Component]) -> None:
    """Show several toasts at once."""
    set_props(ids.TOASTS, {"children": [*toasts]})


def toast(title: str, text: str, *, bad: bool) -> dbc.Toast:
    dot = html.I(className=f"dt-dot {'bad' if bad else 'ok'} me-2")
    return dbc.Toast(
        text,
        header=html.Span([dot, html.Strong(title)], className="me-auto"),
        dismissable=True,
        duration=None if bad else 5000,
        className="dt-toast-box",
    )


def set_outage(*, shown: bool) -> None:
    """Show or hide the banner that the data service is away.

    Who hides it tells of one part of a page: what another part missed stays to be asked for.
    """
    set_props(ids.OUTAGE, {"hidden": False, MISSED: "yes"} if shown else {"hidden": True})


def page_frame(pages: tuple[Page, ...], path: str | None, user: User, twin: Twin) -> html.Div:
    seen = pages_for(pages, user.role)
    page = page_at(seen, path)
    content = page.layout(twin) if page else missing_page()
    return html.Div(
        [
            html.A("Skip to the content", href="#content", className="dt-skip"),
            side(seen, page, user),
            html.Div([*first_password(user, twin), *content], className="dt-main"),
            bottom(seen, page, user),
        ],
        className="dt-app",
    )


def first_password(user: User, twin: Twin) -> list[Component]:
    """Ask for a password of one's own, as long as the first one, told in a log, is in use."""
    if user.password_expires_at is None:
        return []
    until = moment(user.password_expires_at, ZoneInfo(twin.timezone))
    return [
        html.Aside(
            [
                html.Span(className="dt-dot warn"),
                html.Span(
                    [
                        f"Your first password lets you in until {until}. ",
                        dcc.Link("Choose your own", href=ACCOUNT),
                    ]
                ),
            ],
            className="dt-notice",
            **aria(label="About your password"),
        )
    ]


def frame(
    twin: Twin,
    title: str | list[Component],
    *,
    actions: list[Component],
    content: list[Component],
    name: str,
) -> list[Component]:
    """Return the bar with the page's actions, the notices, and the page's content."""
    return [
        html.Header(
            [
                *([html.H1(title)] if isinstance(title, str) else title),
                html.Div([live.switch(), clock(twin), *actions], className="dt-bar-end"),
            ],
            className="dt-bar",
        ),
        notice(twin),
        outage(),
        html.Main(content, id="content", className=f"dt-page {name}", tabIndex=-1),
        dcc.Store(id=ids.GOTO),
    ]


def clock(twin: Twin) -> html.Span:
    """Return the time at the site, which the browser keeps going."""
    zone = ZoneInfo(twin.timezone)
    now = datetime.now(UTC).astimezone(zone)
    text = f"{now:%a} {now.day} {now:%b %Y, %H:%M} {offset(now, zone).split(',')[0]}"
    return html.Span(text, id=ids.CLOCK, className="dt-clock", **{"data-zone": twin.timezone})  # type: ignore[arg-type]


def notice(twin: Twin) -> html.Aside:
    """Return what every page must say about the twin."""
    return html.Aside(
        [html.Span(className="dt-dot info"), html.Span(twin.notice)],
        className="dt-notice",
        hidden=not twin.notice,
        **aria(label="About this twin"),
    )


def outage() -> html.Div:
    """Return the banner for when the API is away."""
    return html.Div(
        [
            icon("off"),
            html.Span(DOWN),
            html.Button(
                "Try again", id=ids.OUTAGE_RETRY, className="btn btn-danger btn-sm ms-auto"
            ),
        ],
        id=ids.OUTAGE,
        className="dt-banner",
        role="alert",
        hidden=True,
    )


def missing_page() -> list[Component]:
    """Return what stands at an address without a page."""
    return [
        html.Header(html.H1("Nothing here"), className="dt-bar"),
        outage(),
        html.Main(
            html.Div(
                [
                    html.H2("There is no page at this address"),
                    html.P("It may have moved, or the link is incomplete."),
                    dcc.Link("Go to the front page", href="/", className="btn btn-light"),
                ],
                className="dt-card dt-empty",
            ),
            id="content",
            className="dt-page",
        ),
    ]
