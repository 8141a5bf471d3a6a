"""Coming in by an invitation: no forged form, no planted session, nobody else's session left."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from dash_app.gate import CSRF_FIELD
from dash_app.sessions import COOKIE
from dtbase.domain.people.invitations import NewInvitation
from dtbase.domain.people.users import User
from dtbase.storage.people import invitations
from tests.dashboards import submit_login, token_of
from tests.people import PASSWORD, add_user

ADA = "ada@example.org"


@pytest.fixture
def ada(session: Session) -> User:
    return add_user(session, ADA)


@pytest.fixture
def link(session: Session, ada: User) -> str:
    new = NewInvitation(email="<b>bob</b>@example.org")
    return invitations.add(session, new, ada, datetime.now(UTC))[1]


@pytest.fixture
def visitor(server: Flask) -> Iterator[FlaskClient]:
    with server.test_client() as visitor:
        yield visitor


def take(visitor: FlaskClient, token: str, password: str | None = None) -> TestResponse:
    form = {"token": token, CSRF_FIELD: token_of(visitor)}
    return visitor.post("/invitation", data=form | ({"password": password} if password else {}))


def test_a_form_without_our_token_is_refused_and_the_link_stays_good(
    visitor: FlaskClient, link: str
) -> None:
    assert visitor.get("/invitation").status_code == 200
    forged = visitor.post("/invitation", data={"token": link, "password": PASSWORD})
    assert forged.status_code == 403
    assert "Choose a password" in take(visitor, link).text


def test_whoever_comes_in_has_a_session_of_their_own(visitor: FlaskClient, link: str) -> None:
    visitor.set_cookie(COOKIE, "planted")
    told = take(visitor, f"https://twin.example.org/invitation#{link}")
    assert "&lt;b&gt;bob&lt;/b&gt;@example.org" in told.text
    answer = take(visitor, link, PASSWORD)
    assert (answer.status_code, answer.location) == (302, "/")
    cookie = visitor.get_cookie(COOKIE)
    assert cookie is not None
    assert cookie.value != "planted"
    assert "react-entry-point" in visitor.get("/").text


def test_who_was_logged_in_before_is_logged_out(visitor: FlaskClient, link: str) -> None:
    submit_login(visitor, ADA, PASSWORD)
    before = visitor.get_cookie(COOKIE)
    assert before is not None
    assert take(visitor, link, PASSWORD).status_code == 302
    assert visitor.get("/").status_code == 200
    visitor.set_cookie(COOKIE, before.value)
    assert visitor.get("/").status_code == 302


def test_a_link_that_is_worth_nothing_is_told_in_words(visitor: FlaskClient, ada: User) -> None:
    for token in ("", "A" * 43, "A" * 500, "\0"):
        answer = take(visitor, token)
        assert answer.status_code == 404
        assert "This link opens nothing" in answer.text
        assert visitor.get_cookie(COOKIE) is None
