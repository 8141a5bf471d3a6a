"""Logging in, staying in, and logging out, over HTTP."""

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from redis import Redis
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.throttle import ACCOUNT_TRIES, ADDRESS_TRIES, WINDOW, Throttle, get_throttle
from dtbase.domain.people.users import Role, Tokens, UserChange
from dtbase.storage import tables
from dtbase.storage.people import users
from dtbase.storage.people.passwords import Hasher, get_hasher
from dtbase.storage.people.tokens import FAMILY_LIFE, RETRY_WINDOW
from tests.people import HASHER, PASSWORD, add_user, carry

ANN = "ann@example.org"
NEW_PASSWORD = "copper lantern orchard"


def try_log_in(web: TestClient, email: str = ANN, password: str = PASSWORD) -> Response:
    return web.post("/v1/auth/login", json={"email": email, "password": password})


def log_in(web: TestClient, email: str = ANN, password: str = PASSWORD) -> Tokens:
    answer = try_log_in(web, email, password)
    assert answer.status_code == 200, answer.text
    return Tokens.model_validate_json(answer.content)


def try_refresh(web: TestClient, tokens: Tokens) -> Response:
    return web.post("/v1/auth/refresh", json={"refresh_token": tokens.refresh_token})


def refresh(web: TestClient, tokens: Tokens) -> Tokens:
    answer = try_refresh(web, tokens)
    assert answer.status_code == 200, answer.text
    return Tokens.model_validate_json(answer.content)


def is_in(web: TestClient, tokens: Tokens) -> bool:
    carry(web, tokens)
    answer = web.get("/v1/auth/me")
    assert answer.status_code in (200, 401), answer.text
    return answer.status_code == 200


def long_ago(session: Session, seconds: float) -> None:
    """Let time pass since every use of a token."""
    used = tables.RefreshToken.used_at
    session.execute(update(tables.RefreshToken).values(used_at=used - timedelta(seconds=seconds)))


def test_a_log_in_answers_tokens_that_open_the_api(web: TestClient, session: Session) -> None:
    ann = add_user(session, ANN, Role.EDITOR)
    answer = try_log_in(web, "  Ann@Example.org")
    assert answer.headers["cache-control"] == "no-store"
    tokens = Tokens.model_validate_json(answer.content)
    assert (tokens.token_type, tokens.expires_in) == ("bearer", 900)
    carry(web, tokens)
    assert web.get("/v1/auth/me").json() == ann.model_dump(mode="json")


def test_neither_the_token_nor_the_password_is_stored(web: TestClient, session: Session) -> None:
    add_user(session, ANN)
    tokens = log_in(web)
    account = session.scalars(select(tables.User)).one()
    token = session.scalars(select(tables.RefreshToken)).one()
    assert PASSWORD not in account.password_hash
    assert token.token_hash != tokens.refresh_token.encode()
    assert len(token.token_hash) == 32
    assert token.expires_at - datetime.now(UTC) > FAMILY_LIFE - timedelta(minutes=1)


def test_wrong_unknown_and_inactive_look_the_same(web: TestClient, session: Session) -> None:
    add_user(session, ANN)
    gone = add_user(session, "gone@example.org")
    users.update(session, gone.id, UserChange(active=False), HASHER)
    answers = [
        try_log_in(web, ANN, "not the password"),
        try_log_in(web, "nobody@example.org"),
        try_log_in(web, "gone@example.org"),
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1


def test_a_password_is_hashed_anew_when_the_parameters_change(
    app: FastAPI, web: TestClient, session: Session
) -> None:
    add_user(session, ANN)
    stronger = Hasher(PasswordHasher(time_cost=2, memory_cost=16, parallelism=1))
    app.dependency_overrides[get_hasher] = lambda: stronger
    log_in(web)
    stored = session.scalars(select(tables.User.password_hash)).one()
    assert not stronger.outdated(stored)
    log_in(web)


def test_a_refresh_token_is_good_once(web: TestClient, session: Session) -> None:
    add_user(session, ANN)
    first = log_in(web)
    second = refresh(web, first)
    third = refresh(web, second)
    assert len({first.refresh_token, second.refresh_token, third.refresh_token}) == 3
    assert is_in(web, third)


def test_a_used_refresh_token_ends_the_session(web: TestClient, session: Session) -> None:
    add_user(session, ANN)
    other = log_in(web)
    stolen = log_in(web)
    mine = refresh(web, stolen)
    long_ago(session, RETRY_WINDOW.total_seconds() + 1)
    assert try_refresh(web, stolen).status_code == 401
    assert try_refresh(web, mine).status_code == 401
    assert not is_in(web, mine)
    assert is_in(web, other)


def test_many_refreshes_at_once_and_a_late_sibling_end_no_session(
    web: TestClient, session: Session
) -> None:
    add_user(session, ANN)
    first = log_in(web)
    siblings = [refresh(web, first) for _ in range(12)]
    follower = refresh(web, siblings[0])
    late = refresh(web, first)
    long_ago(session, RETRY_WINDOW.total_seconds() + 1)
    for each in (*siblings[1:], late, follower):
        assert is_in(web, refresh(web, each))


def test_a_refresh_whose_answer_was_lost_may_be_tried_again(
    web: TestClient, session: Session
) -> None:
    add_user(session, ANN)
    first = log_in(web)
    refresh(web, first)
    again = refresh(web, first)
    long_ago(session, RETRY_WINDOW.total_seconds() + 1)
    assert is_in(web, refresh(web, again))


def test_a_used_token_of_any_sibling_that_comes_back_late_ends_the_session(
    web: TestClient, session: Session
) -> None:
    add_user(session, ANN)
    first = log_in(web)
    mine, other = refresh(web, first), refresh(web, first)
    refresh(web, mine)
    long_ago(session, RETRY_WINDOW.total_seconds() + 1)
    assert try_refresh(web, mine).status_code == 401
    assert not is_in(web, other)


def test_a_session_ends_after_its_time(web: TestClient, session: Session) -> None:
    add_user(session, ANN)
    tokens = log_in(web)
    session.execute(
        update(tables.RefreshToken).values(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    )
    assert not is_in(web, tokens)
    assert try_refresh(web, tokens).status_code == 401
    log_in(web)
    assert len(session.scalars(select(tables.RefreshToken)).all()) == 1


@pytest.mark.parametrize("token", ["", "x", "x" * 200, "\N{SNOWMAN}"])
def test_an_unknown_refresh_token_opens_nothing_and_ends_nothing(
    web: TestClient, token: str
) -> None:
    assert web.post("/v1/auth/refresh", json={"refresh_token": token}).status_code == 401
    assert web.post("/v1/auth/logout", json={"refresh_token": token}).status_code == 204


def test_logging_out_acts_at_once_and_on_this_session_only(
    web: TestClient, session: Session
) -> None:
    add_user(session, ANN)
    other = log_in(web)
    tokens = refresh(web, log_in(web))
    answer = web.post("/v1/auth/logout", json={"refresh_token": tokens.refresh_token})
    assert answer.status_code == 204
    assert not is_in(web, tokens)
    assert try_refresh(web, tokens).status_code == 401
    assert is_in(web, other)


def test_deactivation_acts_at_once_and_ends_the_sessions_for_good(
    web: TestClient, api: TestClient, session: Session
) -> None:
    ann = add_user(session, ANN)
    tokens = log_in(web)
    assert api.patch(f"/v1/users/{ann.id}", json={"active": False}).json()["active"] is False
    assert not is_in(web, tokens)
    assert try_refresh(web, tokens).status_code == 401
    assert try_log_in(web).status_code == 401
    api.patch(f"/v1/users/{ann.id}", json={"active": True})
    assert not is_in(web, tokens)
    assert is_in(web, log_in(web))


def test_a_change_of_role_acts_at_once(web: TestClient, api: TestClient, session: Session) -> None:
    ann = add_user(session, ANN)
    carry(web, log_in(web))
    assert web.get("/v1/users").status_code == 200
    api.patch(f"/v1/users/{ann.id}", json={"role": "viewer"})
    refused = web.get("/v1/users")
    assert (refused.status_code, refused.json()["type"]) == (403, "not-allowed")


def test_a_deleted_user_is_out_at_once(web: TestClient, api: TestClient, session: Session) -> None:
    ann = add_user(session, ANN)
    tokens = log_in(web)
    assert api.delete(f"/v1/users/{ann.id}").status_code == 204
    assert not is_in(web, tokens)
    assert try_refresh(web, tokens).status_code == 401


def test_a_new_password_ends_ones_other_sessions(web: TestClient, session: Session) -> None:
    add_user(session, ANN)
    other, mine = log_in(web), log_in(web)
    carry(web, mine)
    body = {"current_password": PASSWORD, "new_password": NEW_PASSWORD}
    assert web.post("/v1/auth/password", json=body).status_code == 204
    assert is_in(web, mine)
    assert not is_in(web, other)
    assert try_log_in(web).status_code == 401
    log_in(web, password=NEW_PASSWORD)


@pytest.mark.parametrize(
    ("current", "new", "field"),
    [
        ("not the password", NEW_PASSWORD, "current_password"),
        (PASSWORD, "short", "new_password"),
        (PASSWORD, "password1234", "new_password"),
    ],
)
def test_a_new_password_is_refused_by_name_of_the_field(
    web: TestClient, session: Session, current: str, new: str, field: str
) -> None:
    add_user(session, ANN)
    carry(web, log_in(web))
    body = {"current_password": current, "new_password": new}
    answer = web.post("/v1/auth/password", json=body)
    assert answer.status_code == 422
    assert [each["field"] for each in answer.json()["errors"]] == [field]
    log_in(web)


def test_an_account_is_throttled_even_with_the_right_password(
    web: TestClient, session: Session
) -> None:
    add_user(session, ANN)
    for _ in range(ACCOUNT_TRIES):
        assert try_log_in(web, ANN, "not the password").status_code == 401
    refused = try_log_in(web)
    assert (refused.status_code, refused.json()["type"]) == (429, "too-many")
    assert 0 < int(refused.headers["retry-after"]) <= WINDOW
    assert try_log_in(web, "bob@example.org").status_code == 401


def test_an_account_that_does_not_exist_is_throttled_alike(web: TestClient) -> None:
    answers = [try_log_in(web).status_code for _ in range(ACCOUNT_TRIES + 1)]
    assert answers == [401] * ACCOUNT_TRIES + [429]


def test_an_address_is_throttled_over_all_accounts(web: TestClient) -> None:
    answers = [try_log_in(web, f"u{n}@example.org").status_code for n in range(ADDRESS_TRIES + 1)]
    assert answers == [401] * ADDRESS_TRIES + [429]


def test_whoever_knows_the_password_is_never_throttled(web: TestClient, session: Session) -> None:
    add_user(session, ANN)
    for _ in range(ADDRESS_TRIES + 5):
        log_in(web)


def test_a_stranger_cannot_lock_the_owner_out(
    app: FastAPI, web: TestClient, session: Session
) -> None:
    add_user(session, ANN)
    log_in(web)
    stranger = TestClient(app, client=("192.0.2.7", 1))
    for _ in range(ACCOUNT_TRIES):
        try_log_in(stranger, ANN, "not the password")
    assert try_log_in(stranger).status_code == 429
    log_in(web)


def test_guessing_the_current_password_is_throttled(web: TestClient, session: Session) -> None:
    add_user(session, ANN)
    carry(web, log_in(web))
    body = {"current_password": "not the password", "new_password": NEW_PASSWORD}
    answers = [web.post("/v1/auth/password", json=body) for _ in range(ACCOUNT_TRIES + 1)]
    assert [each.status_code for each in answers] == [422] * ACCOUNT_TRIES + [429]


def test_log_ins_go_on_and_are_throttled_while_redis_is_away(
    app: FastAPI, web: TestClient, session: Session
) -> None:
    nowhere = Throttle(Redis.from_url("redis://127.0.0.1:1/0", socket_connect_timeout=0.5))
    app.dependency_overrides[get_throttle] = lambda: nowhere
    add_user(session, ANN)
    log_in(web)
    for _ in range(ACCOUNT_TRIES):
        assert try_log_in(web, ANN, "not the password").status_code == 401
    assert try_log_in(web).status_code == 429


def test_redis_learns_nobodys_address(
    web: TestClient, session: Session, throttle: Throttle, redis_url: str
) -> None:
    add_user(session, ANN)
    log_in(web)
    with Redis.from_url(redis_url, decode_responses=True) as redis:
        keys = list(redis.scan_iter(f"{throttle.prefix}*"))
    assert keys
    assert not any(ANN in key for key in keys)
