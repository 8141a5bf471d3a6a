"""People see their own log-ins and end them."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from dtbase.client import Client
from dtbase.domain.people.users import Role, User
from dtbase.errors import NotFound
from dtbase.storage.people import tokens
from tests.people import add_user, carry, log_in
from tests.wire import client_of


@pytest.fixture
def ann(session: Session) -> User:
    return add_user(session, "ann@example.org", Role.VIEWER)


@pytest.fixture
def client(web: TestClient, session: Session, ann: User) -> Client:
    carry(web, log_in(session, ann))
    return client_of(web)


def test_one_sees_ones_own_log_ins_and_which_one_asks(
    client: Client, session: Session, ann: User
) -> None:
    log_in(session, ann)
    log_in(session, add_user(session, "bob@example.org"))
    found = client.sessions.list()
    assert [each.current for each in found].count(True) == 1
    assert len(found) == 2


def test_an_exchanged_token_is_still_the_same_log_in(
    client: Client, session: Session, ann: User
) -> None:
    grant = tokens.begin(session, ann.id, datetime.now(UTC))
    tokens.rotate(session, grant.refresh_token, datetime.now(UTC))
    assert [each.id for each in client.sessions.list()].count(grant.family) == 1


def test_a_log_in_that_is_ended_is_gone_and_its_tokens_are_worth_nothing(
    client: Client, web: TestClient, session: Session, ann: User
) -> None:
    other = log_in(session, ann)
    (found,) = (each for each in client.sessions.list() if not each.current)
    client.sessions.end(found.id)
    assert [each.current for each in client.sessions.list()] == [True]
    bearer = {"Authorization": f"Bearer {other.access_token}"}
    assert web.get("/v1/auth/me", headers=bearer).status_code == 401


def test_nobody_ends_the_log_in_of_somebody_else(client: Client, session: Session) -> None:
    grant = tokens.begin(session, add_user(session, "bob@example.org").id, datetime.now(UTC))
    for session_id in (grant.family, uuid4()):
        with pytest.raises(NotFound):
            client.sessions.end(session_id)
    assert tokens.rotate(session, grant.refresh_token, datetime.now(UTC)) is not None


def test_logging_out_everywhere_ends_the_log_in_that_asks_too(
    client: Client, web: TestClient, session: Session, ann: User
) -> None:
    other = log_in(session, ann)
    client.sessions.end_all()
    assert web.get("/v1/auth/me").status_code == 401
    bearer = {"Authorization": f"Bearer {other.access_token}"}
    assert web.get("/v1/auth/me", headers=bearer).status_code == 401


def test_the_client_changes_ones_own_password(client: Client) -> None:
    client.change_password("velvet marble canyon", "copper lantern orchard")
    assert client.log_in("ann@example.org", "copper lantern orchard").access_token
