"""Log-in, session and log-out of the dashboard, with the real API and the real Redis."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from fastapi.testclient import TestClient
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from sqlalchemy.orm import Session

from dash_app.gate import CSRF_COOKIE, CSRF_FIELD
from dash_app.sessions import COOKIE, IDLE_SECONDS
from dtbase.domain.people.users import NewUser, User
from dtbase.domain.registry.twin import Twin
from dtbase.storage.people import users
from dtbase.storage.registry import twin
from tests.dashboards import call_back, in_front_of, submit_login, token_of
from tests.people import HASHER, PASSWORD, add_user

EMAIL = "ada@example.org"


@pytest.fixture
def redis(redis_url: str) -> Iterator["Redis"]:
    with Redis.from_url(redis_url, decode_responses=True) as redis:
        yield redis


@pytest.fixture
def ada(session: Session) -> User:
    return add_user(session, EMAIL)


@pytest.fixture
def visitor(server: Flask) -> Iterator[FlaskClient]:
    with server.test_client() as visitor:
        yield visitor


def identity_of(visitor: FlaskClient) -> str:
    cookie = visitor.get_cookie(COOKIE)
    assert cookie is not None
    return cookie.value


def key_of(visitor: FlaskClient, kind: str) -> str:
    return f"dtbase:web:{kind}:{sha256(identity_of(visitor).encode()).hexdigest()}"


def test_the_right_password_leads_to_where_the_visitor_wanted_to_be(
    visitor: FlaskClient, ada: User
) -> None:
    answer = submit_login(visitor, EMAIL, PASSWORD, target="/explore?range=1y")
    assert (answer.status_code, answer.location) == (302, "/explore?range=1y")
    page = visitor.get("/explore")
    assert page.status_code == 200
    assert "react-entry-point" in page.text


def test_the_log_in_page_says_which_twin_it_is_and_any_notice(
    visitor: FlaskClient, session: Session
) -> None:
    twin.put(session, Twin(name="Farm & sons", timezone="UTC", notice="Replay of <2013>"))
    page = visitor.get("/login").text
    assert "<title>Log in · Farm &amp; sons</title>" in page
    assert "Replay of &lt;2013&gt;" in page


def test_no_target_leads_to_another_site(visitor: FlaskClient, ada: User) -> None:
    assert submit_login(visitor, EMAIL, PASSWORD, target="//evil.example").location == "/"


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.org"])
def test_a_wrong_password_and_an_unknown_email_read_the_same(
    visitor: FlaskClient, ada: User, email: str
) -> None:
    answer = submit_login(visitor, email, "not the password")
    assert answer.status_code == 401
    assert "E-mail and password do not match." in answer.text
    assert visitor.get_cookie(COOKIE) is None


def test_a_first_password_that_has_run_out_is_told_apart_from_a_wrong_one(
    visitor: FlaskClient, session: Session
) -> None:
    new = NewUser.model_validate({"email": EMAIL, "password": PASSWORD})
    users.add(session, new, HASHER, datetime.now(UTC) - timedelta(days=1))
    answer = submit_login(visitor, EMAIL, PASSWORD)
    assert answer.status_code == 401
    assert "this password was for the first log-in and has run out" in answer.text
    assert "do not match" in submit_login(visitor, EMAIL, "not the password").text


def test_the_browser_holds_a_random_id_and_redis_holds_the_tokens(
    visitor: FlaskClient, ada: User, redis: Redis
) -> None:
    submit_login(visitor, EMAIL, PASSWORD)
    cookie = visitor.get_cookie(COOKIE)
    assert cookie is not None
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert len(cookie.value) >= 43
    tokens = json.loads(str(redis.get(key_of(visitor, "tokens"))))
    assert tokens["refresh_token"] not in cookie.value
    assert not list(redis.scan_iter(f"*{cookie.value}*"))


def test_an_identity_planted_before_the_log_in_is_not_used(visitor: FlaskClient, ada: User) -> None:
    visitor.set_cookie(COOKIE, "planted")
    submit_login(visitor, EMAIL, PASSWORD)
    assert identity_of(visitor) != "planted"


def test_each_use_gives_a_session_another_thirty_minutes(
    visitor: FlaskClient, ada: User, redis: Redis
) -> None:
    submit_login(visitor, EMAIL, PASSWORD)
    for kind in ("session", "tokens"):
        redis.expire(key_of(visitor, kind), 10)
    visitor.get("/")
    for kind in ("session", "tokens"):
        assert IDLE_SECONDS - 5 <= int(str(redis.ttl(key_of(visitor, kind)))) <= IDLE_SECONDS


def test_an_expired_session_is_a_401_for_callbacks_and_the_log_in_for_pages(
    visitor: FlaskClient, ada: User, redis: Redis
) -> None:
    submit_login(visitor, EMAIL, PASSWORD)
    token = token_of(visitor)
    assert call_back(visitor, token).status_code == 200
    redis.delete(key_of(visitor, "session"))
    assert call_back(visitor, token).status_code == 401
    assert visitor.get("/explore").location == "/login?next=/explore"


def test_tokens_that_the_api_no_longer_takes_end_the_session(
    visitor: FlaskClient, ada: User, redis: Redis
) -> None:
    submit_login(visitor, EMAIL, PASSWORD)
    token, key = token_of(visitor), key_of(visitor, "tokens")
    stale = {**json.loads(str(redis.get(key))), "access_token": "x", "refresh_token": "y"}
    redis.set(key, json.dumps(stale))
    assert call_back(visitor, token).status_code == 401
    assert visitor.get("/").status_code == 302


def test_a_stale_access_token_is_renewed_without_the_user_noticing(
    visitor: FlaskClient, ada: User, redis: Redis
) -> None:
    submit_login(visitor, EMAIL, PASSWORD)
    token, key = token_of(visitor), key_of(visitor, "tokens")
    before = json.loads(str(redis.get(key)))
    redis.set(key, json.dumps({**before, "access_token": "stale"}))
    redis.delete(key_of(visitor, "fresh"))
    assert call_back(visitor, token).status_code == 200
    after = json.loads(str(redis.get(key)))
    assert after["refresh_token"] != before["refresh_token"]
    assert redis.exists(key_of(visitor, "fresh"))


def test_a_callback_without_our_token_is_refused(visitor: FlaskClient, ada: User) -> None:
    submit_login(visitor, EMAIL, PASSWORD)
    assert call_back(visitor, "guessed").status_code == 403


def test_logging_out_ends_the_session_here_and_in_the_api(
    visitor: FlaskClient, ada: User, redis: Redis, web: TestClient
) -> None:
    submit_login(visitor, EMAIL, PASSWORD)
    keys = [key_of(visitor, kind) for kind in ("session", "tokens", "fresh")]
    tokens = json.loads(str(redis.get(keys[1])))
    answer = visitor.post("/logout", data={CSRF_FIELD: token_of(visitor)})
    assert answer.location == "/login"
    assert redis.exists(*keys) == 0
    assert visitor.get_cookie(COOKIE) is None
    assert visitor.get("/").location == "/login"
    body = {"refresh_token": tokens["refresh_token"]}
    assert web.post("/v1/auth/refresh", json=body).status_code == 401


def test_a_token_of_another_session_is_refused(visitor: FlaskClient, ada: User) -> None:
    anonymous = token_of(visitor)
    submit_login(visitor, EMAIL, PASSWORD)
    earlier = token_of(visitor)
    visitor.post("/logout", data={CSRF_FIELD: earlier})
    submit_login(visitor, EMAIL, PASSWORD)
    for token in (anonymous, earlier):
        visitor.set_cookie(CSRF_COOKIE, token)
        assert call_back(visitor, token).status_code == 403
    assert call_back(visitor, token_of(visitor)).status_code == 200


def test_logging_out_needs_our_token(visitor: FlaskClient, ada: User) -> None:
    submit_login(visitor, EMAIL, PASSWORD)
    assert visitor.post("/logout").status_code == 403
    assert visitor.get("/").status_code == 200


def test_who_is_logged_in_is_not_asked_again(visitor: FlaskClient, ada: User) -> None:
    submit_login(visitor, EMAIL, PASSWORD)
    assert visitor.get("/login?next=/explore").location == "/explore"


def test_a_lost_redis_is_told_instead_of_logging_everybody_out(web: TestClient, ada: User) -> None:
    server = in_front_of(web, "redis://127.0.0.1:1/0")
    with server.test_client() as visitor:
        visitor.set_cookie(COOKIE, "somebody")
        assert visitor.get("/").status_code == 503
