"""Storing what is known of the twin as a whole."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dtbase.domain.registry.twin import Twin
from dtbase.storage import tables
from dtbase.storage.people import audit
from dtbase.storage.statements import Statement

NOUN = "twin"
KNOWN = Statement(select(tables.Twin.name, tables.Twin.timezone, tables.Twin.notice))
UNNAMED = Twin(name="My twin", timezone="UTC")


def get(session: Session) -> Twin:
    """Return the twin, unnamed until somebody names it."""
    for name, timezone, notice in KNOWN.rows(session):
        return Twin(name=name, timezone=timezone, notice=notice)
    return UNNAMED


def change(session: Session, twin: Twin) -> Twin:
    """Name the twin anew, and note who did."""
    before = get(session)
    put(session, twin)
    audit.changed(session, NOUN, twin.name, before, twin)
    return twin


def put(session: Session, twin: Twin) -> None:
    """Name the twin, or name it anew."""
    values = twin.model_dump()
    session.execute(
        insert(tables.Twin)
        .values(id=1, **values)
        .on_conflict_do_update(index_elements=["id"], set_=values)
    )
