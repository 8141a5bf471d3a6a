"""The log of every change, written in the transaction that makes it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.orm import Session

from dtbase.domain.frozen import Frozen
from dtbase.domain.paging import Listed
from dtbase.domain.people.audit import Action, AuditEntry, AuditQuery, Document
from dtbase.storage import paging, tables

ACTOR = "actor"
NOBODY = "dtbase"
"""Who changes things when nobody asked: a run of a service, or a command on the server."""

ORDER = paging.Order(columns={"id": tables.AuditEntry.id.expression}, key=("id",))


def act_as(session: Session, actor: str) -> None:
    """Say on whose behalf a session's changes are made."""
    session.info[ACTOR] = actor


def created(session: Session, noun: str, name: str, after: Frozen) -> None:
    """Note that a thing was added."""
    note(session, Action.CREATED, noun, name, after=after)


def created_many(session: Session, noun: str, things: Sequence[tuple[str, Frozen]]) -> None:
    """Note that things of these names were added."""
    rows = [{"name": name, "after": document(thing)} for name, thing in things]
    actor = session.info.get(ACTOR, NOBODY)
    entry = insert(tables.AuditEntry).values(actor=actor, action=Action.CREATED, noun=noun)
    if rows:
        session.execute(entry, rows)


def changed(session: Session, noun: str, name: str, before: Frozen, after: Frozen) -> None:
    """Note that a thing was changed, if it was."""
    if before != after:
        note(session, Action.CHANGED, noun, name, before=before, after=after)


def deleted(session: Session, noun: str, name: str, before: Frozen) -> None:
    """Note that a thing was deleted."""
    note(session, Action.DELETED, noun, name, before=before)


def note(
    session: Session,
    action: Action,
    noun: str,
    name: str,
    *,
    before: Frozen | None = None,
    after: Frozen | None = None,
) -> None:
    """Write one line of the log."""
    entry = insert(tables.AuditEntry).values(
        actor=session.info.get(ACTOR, NOBODY),
        action=action,
        noun=noun,
        name=name,
        before=document(before),
        after=document(after),
    )
    session.execute(entry)


def document(thing: Frozen | None) -> Document | None:
    """Return a thing as the log keeps it."""
    return None if thing is None else thing.model_dump(mode="json")


def to_domain(row: Row[*tuple[Any, ...]]) -> AuditEntry:
    return AuditEntry.model_validate(row[0], from_attributes=True)


def page(session: Session, wanted: AuditQuery) -> Listed[AuditEntry]:
    """Return one page of the changes that fit, newest first unless asked otherwise."""
    entry = tables.AuditEntry
    query = select(entry)
    if wanted.actor is not None:
        query = query.where(entry.actor.icontains(wanted.actor, autoescape=True))
    for column in ("action", "noun", "name"):
        value = getattr(wanted, column)
        if value is not None:
            query = query.where(getattr(entry, column) == value)
    if wanted.start is not None:
        query = query.where(entry.at >= wanted.start)
    if wanted.end is not None:
        query = query.where(entry.at < wanted.end)
    return paging.page(session, query, wanted, ORDER, to_domain)
