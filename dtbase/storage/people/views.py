"""Storing views: each person's own, and those that are shared with everybody."""

from typing import Any

from sqlalchemy import Row, Select, func, or_, select
from sqlalchemy.orm import Session

from dtbase.domain.paging import Listed
from dtbase.domain.people.users import Role, User
from dtbase.domain.people.views import NewView, View, ViewChange, ViewQuery
from dtbase.domain.versions import WHATEVER, Expected
from dtbase.errors import Conflict, NotAllowed, NotFound
from dtbase.storage import paging, tables
from dtbase.storage.database import refusing
from dtbase.storage.people import audit
from dtbase.storage.tables import SavedView

NOUN = "view"
MOST_VIEWS = 1_000
"""Views of one person, so that no script fills the table."""

ORDER = paging.Order(
    columns={
        "name": SavedView.name.expression,
        "changed_at": SavedView.changed_at.expression,
        "id": SavedView.id.expression,
    },
    key=("id",),
)


def seen_by(person: User) -> Select[SavedView, str]:
    """Select the views that somebody sees: their own, and the shared ones."""
    return (
        select(SavedView, tables.User.email)
        .join(tables.User, tables.User.id == SavedView.user_id)
        .where(or_(SavedView.user_id == person.id, SavedView.shared))
    )


def to_domain(row: Row[*tuple[Any, ...]]) -> View:
    view, owner = row
    return View(
        id=view.id,
        name=view.name,
        path=view.path,
        shared=view.shared,
        pinned=view.pinned,
        owner=owner,
        created_at=view.created_at,
        changed_at=view.changed_at,
    )


def page(session: Session, wanted: ViewQuery, person: User) -> Listed[View]:
    query = seen_by(person)
    if wanted.search is not None:
        query = query.where(SavedView.name.icontains(wanted.search, autoescape=True))
    for column, value in ((SavedView.shared, wanted.shared), (SavedView.pinned, wanted.pinned)):
        if value is not None:
            query = query.where(column.is_(value))
    return paging.page(session, query, wanted, ORDER, to_domain)


def get(session: Session, view_id: int, person: User) -> View:
    row = session.execute(seen_by(person).where(SavedView.id == view_id)).one_or_none()
    if row is None:
        raise NotFound(f"there is no view {view_id} that you see")
    return to_domain(row)


def add(session: Session, new: NewView, person: User) -> View:
    mine = select(func.count()).select_from(SavedView).where(SavedView.user_id == person.id)
    if (session.scalar(mine) or 0) >= MOST_VIEWS:
        raise Conflict(f"you have {MOST_VIEWS} views; delete some first")
    row = SavedView(user_id=person.id, **new.model_dump())
    with refusing(f"a view {new.name!r} of yours", "name"), session.begin_nested():
        session.add(row)
    added = get(session, row.id, person)
    audit.created(session, NOUN, log_name(added), added)
    return added


def lock(session: Session, view_id: int, person: User) -> SavedView:
    """Hold a view that somebody may change, or refuse."""
    get(session, view_id, person)
    row = session.get(SavedView, view_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotFound(f"there is no view {view_id} that you see")
    if row.user_id != person.id and person.role is not Role.ADMIN:
        raise NotAllowed(f"view {row.name!r} is somebody else's; they and admins change it")
    return row


def update(
    session: Session, view_id: int, change: ViewChange, person: User, expected: Expected = WHATEVER
) -> View:
    row = lock(session, view_id, person)
    before = get(session, view_id, person)
    expected.check(before, f"view {view_id}")
    with refusing(f"a view {change.name!r} of theirs", "name"), session.begin_nested():
        for name in change.model_fields_set:
            setattr(row, name, getattr(change, name))
        row.changed_at = func.clock_timestamp()
    session.expire(row)
    after = described(session, view_id)
    audit.changed(session, NOUN, log_name(after), before, after)
    return after


def described(session: Session, view_id: int) -> View:
    """Return a view, also one that an admin has just made its owner's own."""
    query = select(SavedView, tables.User.email).join(
        tables.User, tables.User.id == SavedView.user_id
    )
    return to_domain(session.execute(query.where(SavedView.id == view_id)).one())


def delete(session: Session, view_id: int, person: User, expected: Expected = WHATEVER) -> None:
    row = lock(session, view_id, person)
    before = get(session, view_id, person)
    expected.check(before, f"view {view_id}")
    session.delete(row)
    session.flush()
    audit.deleted(session, NOUN, log_name(before), before)


def log_name(view: View) -> str:
    """Return what the log of changes calls a view."""
    return f"{view.owner}/{view.name}"
