"""The people who can log in."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, exists, func, select
from sqlalchemy.orm import Session

from dtbase.domain.paging import Listed
from dtbase.domain.people.audit import Action
from dtbase.domain.people.passwords import check_password
from dtbase.domain.people.users import (
    Credentials,
    NewUser,
    PasswordChange,
    Role,
    User,
    UserChange,
    UserQuery,
)
from dtbase.domain.versions import WHATEVER, Expected
from dtbase.errors import Conflict, Invalid, NotAllowed, NotAuthenticated, NotFound
from dtbase.storage import bulk, paging, tables
from dtbase.storage.database import refusing
from dtbase.storage.people import audit, keys, tokens
from dtbase.storage.people.passwords import Hasher
from dtbase.storage.statements import Statement, digest_of
from dtbase.storage.tables import RefreshToken

Account = tables.User

NOUN = "user"
ORDER = paging.Order(
    columns={
        "email": Account.email.expression,
        "id": Account.id.expression,
        "created_at": Account.created_at.expression,
    },
    key=("id",),
)

WRONG = "the e-mail or the password is wrong"
RUN_OUT = "this password was for the first log-in and has run out: `dtbase user set-password {}`"
LAST_ADMIN = "this is the last active admin; make somebody else admin first"


def describe(account: Account) -> User:
    """Return what may be told of an account."""
    return User(
        id=account.id,
        email=account.email,
        role=Role(account.role),
        active=account.active,
        created_at=account.created_at,
        password_expires_at=account.password_expires_at,
    )


def add(
    session: Session, new: NewUser, hasher: Hasher, password_expires_at: datetime | None = None
) -> User:
    """Let somebody in; the password opens for good, unless a time is given."""
    checked(new)
    hashes = {new.email: hasher.hash(new.password.get_secret_value())}
    return insert_all(session, [new], hashes, bulk.raise_first, password_expires_at)[0]


def add_many(session: Session, new: Sequence[NewUser], hasher: Hasher) -> Sequence[User]:
    """Let many in, all or none; nothing is hashed before everybody may come in."""
    rows, refused = bulk.tried(new, checked)
    taken = {*session.scalars(select(Account.email).where(Account.email.in_(rows.values())))}
    for row, email in rows.items():
        if email in taken:
            refused[row] = bulk.exists(described_as(new[row]), "email")
        taken.add(email)
    if refused:
        bulk.refuse(sorted(refused.items(), key=itemgetter(0)))
    hashes = hasher.hash_many([each.password.get_secret_value() for each in new])
    emails = [each.email for each in new]
    return insert_all(session, new, dict(zip(emails, hashes, strict=True)), bulk.refuse)


def checked(new: NewUser) -> str:
    """Return the e-mail of somebody whose password may be one."""
    check_password(new.password.get_secret_value(), new.email)
    return new.email


def described_as(new: NewUser) -> str:
    return f"a user with the e-mail {new.email!r}"


def insert_all(
    session: Session,
    new: Sequence[NewUser],
    hashes: Mapping[str, str],
    refuse: bulk.Refuse,
    password_expires_at: datetime | None = None,
) -> Sequence[User]:
    def columns(each: NewUser) -> bulk.Row:
        return {
            "email": each.email,
            "password_hash": hashes[each.email],
            "role": each.role.value,
            "password_expires_at": password_expires_at,
        }

    kind = bulk.Kind(Account, ("email",), described_as)
    with session.begin_nested():
        ids = bulk.insert_all(session, kind, new, columns, refuse)
        rows = session.scalars(select(Account).where(Account.id.in_(ids)))
        found = {row.id: describe(row) for row in rows}
        added = [found[id_] for id_ in ids]
        audit.created_many(session, NOUN, [(each.email, each) for each in added])
    return added


def flush(session: Session, account: Account) -> None:
    """Write an account, and refuse an e-mail that another one has."""
    with refusing(f"a user with the e-mail {account.email!r}", "email"):
        session.flush()


def get(session: Session, user_id: int) -> User:
    return describe(one(session, Account.id == user_id, f"there is no user {user_id}"))


def find(session: Session, email: str) -> User:
    """Return a user by e-mail, however it is capitalised."""
    email = email.strip().lower()
    return describe(one(session, Account.email == email, f"there is no user {email!r}"))


def one(session: Session, named: ColumnElement[bool], otherwise: str) -> Account:
    """Return the account that fits, or refuse with a sentence."""
    account = session.scalar(select(Account).where(named))
    if account is None:
        raise NotFound(otherwise, field="user_id")
    return account


def list(session: Session) -> Sequence[User]:
    """Return everybody, in the order of their e-mails."""
    return tuple(map(describe, session.scalars(select(Account).order_by(Account.email))))


def page(session: Session, wanted: UserQuery) -> Listed[User]:
    query = select(Account)
    if wanted.role is not None:
        query = query.where(Account.role == wanted.role.value)
    if wanted.active is not None:
        query = query.where(Account.active == wanted.active)
    if wanted.search is not None:
        query = query.where(Account.email.icontains(wanted.search, autoescape=True))
    return paging.scalars(session, query, wanted, ORDER, describe)


def update(
    session: Session,
    user_id: int,
    change: UserChange,
    hasher: Hasher,
    expected: Expected = WHATEVER,
) -> User:
    """Change what is given; a new password or a deactivation ends sessions, this one keys too."""
    if change.active is False or change.role not in (None, Role.ADMIN):
        keep_an_admin(session, user_id)
    account = lock(session, user_id)
    before = describe(account)
    expected.check(before, f"user {user_id}")
    account.email = change.email or account.email
    account.role = change.role or account.role
    account.active = account.active if change.active is None else change.active
    if change.password is not None:
        set_password(account, change.password.get_secret_value(), hasher)
    flush(session, account)
    if change.password is not None or change.active is False:
        tokens.revoke_user(session, user_id)
    if change.active is False:
        keys.revoke_user(session, user_id)
    after = describe(account)
    if change.password is not None:  # which no log may hold, but that it changed it may
        audit.note(session, Action.CHANGED, NOUN, after.email, before=before, after=after)
    else:
        audit.changed(session, NOUN, after.email, before, after)
    return after


def delete(session: Session, user_id: int, expected: Expected = WHATEVER) -> None:
    """Remove a user and all sessions."""
    keep_an_admin(session, user_id)
    account = lock(session, user_id)
    before = describe(account)
    expected.check(before, f"user {user_id}")
    session.delete(account)
    session.flush()
    audit.deleted(session, NOUN, before.email, before)


def keep_an_admin(session: Session, leaving: int) -> None:
    """Refuse to lose the last active admin, also when two leave at the same moment.

    Every admin is locked, in one order, before anybody else: the second of two waits here, and
    then sees what the first one did.
    """
    query = select(Account.id).where(Account.role == Role.ADMIN.value, Account.active)
    admins = session.scalars(query.order_by(Account.id).with_for_update(key_share=True)).all()
    if admins == [leaving]:
        raise Conflict(LAST_ADMIN)


def lock(session: Session, user_id: int) -> Account:
    """Return an account that nobody else can change until the transaction ends."""
    account = tokens.lock_user(session, user_id)
    if account is None:
        raise NotFound(f"there is no user {user_id}", field="user_id")
    return account


def set_password(
    account: Account, password: str, hasher: Hasher, *, field: str = "password"
) -> None:
    """Give an account a password that meets the rule."""
    check_password(password, account.email, field=field)
    account.password_hash = hasher.hash(password)
    account.password_expires_at = None


def verify(session: Session, credentials: Credentials, hasher: Hasher) -> User:
    """Return who logs in, and hold the row; wrong, unknown and inactive look and last the same."""
    password = credentials.password.get_secret_value()
    account = session.scalar(select(Account).where(Account.email == credentials.email))
    stored = account.password_hash if account is not None and account.active else None
    if not hasher.verify(stored, password) or account is None:
        raise NotAuthenticated(WRONG)
    now = tokens.lock_user(session, account.id)
    if now is None or not now.active or now.password_hash != stored:
        raise NotAuthenticated(WRONG)  # changed while the hash was computed
    if now.password_expires_at is not None and now.password_expires_at <= datetime.now(UTC):
        raise NotAllowed(RUN_OUT.format(now.email))
    if hasher.outdated(stored):
        now.password_hash = hasher.hash(password)
        session.flush()
    return describe(now)


def change_password(
    session: Session, user_id: int, change: PasswordChange, hasher: Hasher, keep: UUID | None
) -> None:
    """Give a user a new password, proven by the present one; the user's other sessions end."""
    account = lock(session, user_id)
    if not hasher.verify(account.password_hash, change.current_password.get_secret_value()):
        raise Invalid("the current password is wrong", field="current_password")
    set_password(account, change.new_password.get_secret_value(), hasher, field="new_password")
    session.flush()
    tokens.revoke_user(session, user_id, keep=keep)


def lives(family: ColumnElement[UUID]) -> ColumnElement[bool]:
    """Tell whether a session of an account is neither ended, nor stolen, nor too old."""
    return exists().where(
        RefreshToken.family == family,
        RefreshToken.user_id == Account.id,
        RefreshToken.revoked_at.is_(None),
        RefreshToken.expires_at > func.now(),
    )


COLUMNS = (
    Account.id,
    Account.email,
    Account.role,
    Account.active,
    Account.created_at,
    Account.password_expires_at,
)
NAMES = [each.key for each in COLUMNS]
DIGEST = digest_of(COLUMNS)
IN_SESSION = Statement(
    select(DIGEST, *COLUMNS).where(
        Account.id == bindparam("user_id"), Account.active, lives(bindparam("family"))
    )
)


class InSession(NamedTuple):
    """The user of a session that lives, and the digest of the row that says so."""

    user: User
    digest: str


def in_session(session: Session, user_id: int, family: UUID) -> InSession | None:
    """Return an active user whose session lives."""
    found = IN_SESSION.rows(session, user_id=user_id, family=family)
    return InSession(user_of(found[0][1:]), found[0][0]) if found else None


def user_of(row: Sequence[Any]) -> User:
    """Return the user that COLUMNS tell of."""
    return User.model_validate(dict(zip(NAMES, row, strict=True)))
