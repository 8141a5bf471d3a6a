"""What happens at the same moment, on two connections that both commit."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from threading import Barrier
from typing import TypeVar

import pytest
from sqlalchemy import delete as sql_delete
from sqlalchemy import select

from dtbase.domain.people.invitations import Acceptance, NewInvitation
from dtbase.domain.people.users import Credentials, Role, User, UserChange
from dtbase.errors import Conflict, DTBaseError, NotAuthenticated
from dtbase.storage import tables
from dtbase.storage.database import transaction
from dtbase.storage.people import invitations, tokens, users
from dtbase.storage.people.passwords import Hasher
from dtbase.storage.people.tokens import Grant
from tests.people import CHEAP, HASHER, PASSWORD, add_user

Answer = TypeVar("Answer")

ROUNDS = 5
ANN = Credentials.model_validate({"email": "ann@example.org", "password": PASSWORD})
pytestmark = pytest.mark.usefixtures("own_environment")


def at_once(*tasks: Callable[[], Answer]) -> list[Answer | DTBaseError]:
    """Start all tasks at one moment; return what each answered or was refused with."""
    barrier = Barrier(len(tasks))

    def attempt(task: Callable[[], Answer]) -> Answer | DTBaseError:
        barrier.wait()
        try:
            return task()
        except DTBaseError as error:
            return error

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(attempt, tasks))


def added(email: str, role: Role = Role.ADMIN) -> User:
    with transaction() as session:
        return add_user(session, email, role)


def changed(user: User, change: UserChange) -> User | None:
    with transaction() as session:
        return users.update(session, user.id, change, HASHER)


def deleted(user: User) -> User | None:
    with transaction() as session:
        users.delete(session, user.id)
    return None


def logged_in(hasher: Hasher = HASHER) -> Grant:
    with transaction() as session:
        user = users.verify(session, ANN, hasher)
        return tokens.begin(session, user.id, datetime.now(UTC))


def refreshed(grant: Grant) -> Grant | None:
    with transaction() as session:
        return tokens.rotate(session, grant.refresh_token, datetime.now(UTC))


def logged_out(grant: Grant) -> Grant | None:
    with transaction() as session:
        tokens.end(session, grant.refresh_token, datetime.now(UTC))
    return None


def lives(grant: Grant) -> bool:
    with transaction() as session:
        return users.in_session(session, grant.user_id, grant.family) is not None


@pytest.mark.parametrize(
    "leave",
    [
        lambda user: changed(user, UserChange(role=Role.VIEWER)),
        lambda user: changed(user, UserChange(active=False)),
        deleted,
    ],
    ids=["demoted", "deactivated", "deleted"],
)
def test_of_two_last_admins_who_leave_at_once_one_stays(
    leave: Callable[[User], User | None],
) -> None:
    for number in range(ROUNDS):
        first, second = added(f"a{number}@example.org"), added(f"b{number}@example.org")
        answers = at_once(partial(leave, first), partial(leave, second))
        assert sum(isinstance(answer, Conflict) for answer in answers) == 1
        with transaction() as session:
            admins = [u for u in users.list(session) if u.role is Role.ADMIN and u.active]
            assert len(admins) == 1
            session.execute(sql_delete(tables.User))


def test_a_refresh_token_used_twice_at_once_keeps_the_session() -> None:
    added("ann@example.org")
    for _ in range(ROUNDS):
        first = logged_in()
        answers = at_once(partial(refreshed, first), partial(refreshed, first))
        assert all(isinstance(answer, Grant) for answer in answers)
        assert lives(first)


def test_a_refresh_does_not_slip_past_a_log_out() -> None:
    added("ann@example.org")
    for _ in range(ROUNDS):
        first = logged_in()
        at_once(partial(refreshed, first), partial(logged_out, first))
        assert not lives(first)
        with transaction() as session:
            family = tables.RefreshToken.family == first.family
            ended = session.scalars(select(tables.RefreshToken.revoked_at).where(family)).all()
        assert None not in ended


class Meanwhile(Hasher):
    """A hasher during whose work something else happens."""

    def __init__(self, happens: Callable[[], object]) -> None:
        """Name what happens."""
        super().__init__(CHEAP)
        self.happens = happens

    def verify(self, stored: str | None, password: str) -> bool:
        """Verify, and then let it happen."""
        fits = super().verify(stored, password)
        self.happens()
        return fits


@pytest.mark.parametrize(
    "change",
    [
        UserChange(active=False),
        UserChange.model_validate({"password": "copper lantern orchard"}),
    ],
    ids=["deactivated", "given a new password"],
)
def test_whoever_is_shut_out_while_logging_in_stays_out(change: UserChange) -> None:
    added("admin@example.org")
    ann = added("ann@example.org", Role.VIEWER)
    with pytest.raises(NotAuthenticated):
        logged_in(Meanwhile(partial(changed, ann, change)))


def test_whoever_is_deleted_while_logging_in_stays_out() -> None:
    added("admin@example.org")
    ann = added("ann@example.org", Role.VIEWER)
    with pytest.raises(NotAuthenticated):
        logged_in(Meanwhile(partial(deleted, ann)))


def accepted(token: str) -> User:
    wanted = Acceptance.model_validate({"token": token, "password": PASSWORD})
    with transaction() as session:
        invitation = invitations.held(session, token, datetime.now(UTC))
        return invitations.accept(session, invitation, wanted, HASHER)


def test_of_two_who_take_one_invitation_at_once_one_comes_in() -> None:
    ann = added("ann@example.org")
    for number in range(ROUNDS):
        new = NewInvitation(email=f"bob{number}@example.org")
        with transaction() as session:
            _, token = invitations.add(session, new, ann, datetime.now(UTC))
        answers = at_once(*[partial(accepted, token)] * 2)
        assert sorted(type(each).__name__ for each in answers) == ["NotFound", "User"]
