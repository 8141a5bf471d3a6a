"""Invitations: a link that is good once, and tells strangers nothing."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx2 import Response
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.mail import Letter, get_send
from api.throttle import ACCOUNT_TRIES
from dtbase.client import Client
from dtbase.domain.people.audit import AuditQuery
from dtbase.domain.people.invitations import IssuedInvitation, NewInvitation
from dtbase.domain.people.users import Role, User, UserChange
from dtbase.errors import AlreadyExists, Invalid, NotFound, Unavailable
from dtbase.storage import tables
from dtbase.storage.people import audit, users
from tests.people import HASHER, add_user, carry, log_in
from tests.wire import client_of

BOB = "bob@example.org"
PASSWORD = "copper lantern orchard"


@pytest.fixture
def ann(session: Session) -> User:
    return add_user(session, "ann@example.org")


@pytest.fixture
def admin(web: TestClient, session: Session, ann: User) -> Client:
    carry(web, log_in(session, ann))
    return client_of(web)


@pytest.fixture
def stranger(app: FastAPI) -> TestClient:
    return TestClient(app)


@pytest.fixture
def invited(admin: Client) -> IssuedInvitation:
    return admin.invitations.add(NewInvitation(email=BOB, role=Role.EDITOR))


def accept(web: TestClient, token: str, password: str = PASSWORD) -> Response:
    return web.post("/v1/invitations/accept", json={"token": token, "password": password})


def look(web: TestClient, token: str) -> Response:
    return web.post("/v1/invitations/look", json={"token": token})


def run_out(session: Session) -> None:
    """Let a moment pass that is longer than every invitation."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    session.execute(update(tables.Invitation).values(expires_at=past))


def test_whoever_has_the_link_chooses_a_password_and_is_logged_in(
    invited: IssuedInvitation, stranger: TestClient, session: Session
) -> None:
    told = look(stranger, invited.token)
    assert (told.json()["email"], told.json()["role"]) == (BOB, "editor")
    answer = accept(stranger, invited.token)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    stranger.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    me = stranger.get("/v1/auth/me").json()
    assert (me["email"], me["role"], me["active"]) == (BOB, "editor", True)
    assert client_of(stranger).log_in(BOB, PASSWORD).access_token


def test_the_link_is_shown_once_and_only_its_hash_is_stored(
    invited: IssuedInvitation, admin: Client, session: Session
) -> None:
    assert invited.link == f"/invitation#{invited.token}"
    stored = session.scalars(select(tables.Invitation)).one()
    assert len(stored.token_hash) == 32
    known = admin.invitations.get(invited.id).model_dump_json()
    log = audit.page(session, AuditQuery(noun="invitation")).items
    assert invited.token not in known + "".join(each.model_dump_json() for each in log)
    assert [each.email for each in admin.invitations.list(search="bob")] == [BOB]
    assert invited.token not in repr(invited)


def used(stranger: TestClient, session: Session, admin: Client, it: IssuedInvitation) -> None:
    assert accept(stranger, it.token).status_code == 200


def withdrawn(stranger: TestClient, session: Session, admin: Client, it: IssuedInvitation) -> None:
    admin.invitations.withdraw(it.id)


def ended(stranger: TestClient, session: Session, admin: Client, it: IssuedInvitation) -> None:
    run_out(session)


def distrusted(stranger: TestClient, session: Session, admin: Client, it: IssuedInvitation) -> None:
    add_user(session, "root@example.org")
    ann = users.find(session, it.invited_by)
    users.update(session, ann.id, UserChange(role=Role.EDITOR), HASHER)


@pytest.mark.parametrize("way", [used, withdrawn, ended, distrusted])
def test_a_link_that_opens_nothing_looks_like_one_that_never_was(
    stranger: TestClient,
    session: Session,
    admin: Client,
    invited: IssuedInvitation,
    way: Callable[[TestClient, Session, Client, IssuedInvitation], None],
) -> None:
    before = {*session.scalars(select(tables.User.email))}
    way(stranger, session, admin, invited)
    known = {*session.scalars(select(tables.User.email))}
    for ask in (look, accept):
        real, made_up = ask(stranger, invited.token), ask(stranger, "A" * 43)
        assert (real.status_code, made_up.status_code) == (404, 404)
        assert real.json() == made_up.json()
    assert {*session.scalars(select(tables.User.email))} == known
    assert known - before <= {BOB, "root@example.org"}


def test_a_weak_password_is_refused_and_the_link_stays_good(
    invited: IssuedInvitation, stranger: TestClient
) -> None:
    for weak in ("short", "password1234", BOB):
        answer = accept(stranger, invited.token, weak)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "password"
    assert accept(stranger, invited.token).status_code == 200


def test_who_guesses_links_has_to_wait_and_whoever_has_one_does_not(
    invited: IssuedInvitation, stranger: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(ACCOUNT_TRIES - 1):
        assert look(stranger, "A" * 43).status_code == 404
    assert look(stranger, invited.token).status_code == 200
    for _ in range(ACCOUNT_TRIES):
        assert look(stranger, "A" * 43).status_code == 404
    with caplog.at_level(logging.WARNING, "dtbase.security"):
        answer = look(stranger, "A" * 43)
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    assert "refused to take an invitation" in caplog.text
    assert "AAAA" not in caplog.text


@pytest.mark.parametrize("token", ["", "\0", "é", "A" * 201])
def test_what_is_no_token_is_refused(stranger: TestClient, token: str) -> None:
    assert look(stranger, token).status_code in (404, 422)


def test_one_address_has_one_open_invitation(admin: Client, session: Session) -> None:
    admin.invitations.add(NewInvitation(email=BOB))
    with pytest.raises(AlreadyExists, match="can be withdrawn"):
        admin.invitations.add(NewInvitation(email=BOB.upper()))
    run_out(session)
    assert admin.invitations.add(NewInvitation(email=BOB)).email == BOB
    with pytest.raises(AlreadyExists, match="a user"):
        admin.invitations.add(NewInvitation(email="ann@example.org"))


@pytest.mark.parametrize("days", [-1, 31])
def test_an_invitation_ends_within_a_month(admin: Client, days: int) -> None:
    ends = datetime.now(UTC) + timedelta(days=days)
    with pytest.raises(Invalid) as refused:
        admin.invitations.add(NewInvitation(email=BOB, expires_at=ends))
    assert refused.value.violations[0]["field"] == "expires_at"


def test_a_user_who_was_added_meanwhile_keeps_the_account(
    invited: IssuedInvitation, stranger: TestClient, session: Session
) -> None:
    bob = add_user(session, BOB, Role.VIEWER)
    answer = accept(stranger, invited.token)
    assert (answer.status_code, answer.json()["type"]) == (409, "already-exists")
    assert users.get(session, bob.id).role is Role.VIEWER


def test_the_log_tells_who_invited_whom_and_who_came(
    invited: IssuedInvitation, stranger: TestClient, session: Session
) -> None:
    accept(stranger, invited.token)
    log = audit.page(session, AuditQuery()).items
    told = [(each.actor, each.action, each.noun, each.name) for each in log]
    assert told[:3] == [
        (BOB, "deleted", "invitation", BOB),
        (BOB, "created", "user", BOB),
        ("ann@example.org", "created", "invitation", BOB),
    ]


def test_an_invitation_that_is_gone_is_not_found(admin: Client, invited: IssuedInvitation) -> None:
    admin.invitations.withdraw(invited.id)
    for ask in (admin.invitations.get, admin.invitations.withdraw):
        with pytest.raises(NotFound):
            ask(invited.id)


def test_a_letter_carries_the_link_where_there_is_a_mail_server(
    app: FastAPI, admin: Client
) -> None:
    sent: list[Letter] = []
    app.dependency_overrides[get_send] = lambda: sent.append
    issued = admin.invitations.add(NewInvitation(email=BOB))
    assert issued.mailed
    assert (sent[0].to, issued.link in sent[0].text) == (BOB, True)
    quiet = admin.invitations.add(NewInvitation(email="eve@example.org", mail=False))
    assert (quiet.mailed, len(sent)) == (False, 1)


def test_a_mail_server_that_refuses_leaves_the_link_and_says_why(
    app: FastAPI, admin: Client
) -> None:
    def refuse(letter: Letter) -> None:
        raise Unavailable("the mail server did not take it: no such mailbox")

    app.dependency_overrides[get_send] = lambda: refuse
    issued = admin.invitations.add(NewInvitation(email=BOB))
    assert (issued.mailed, bool(issued.token)) == (False, True)
    assert "no such mailbox" in str(issued.not_mailed_because)
