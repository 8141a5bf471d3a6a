"""Stretches of readings that rules are still to look at, which need neighbours on both sides."""

from datetime import datetime

from sqlalchemy.orm import Session

from dtbase.domain.registry.measures import Datatype
from dtbase.storage.database import driver_of
from dtbase.storage.registry.series import Resolved

NOTE = b"INSERT INTO reading_stretch VALUES (%s, %s, %s)"


def note(session: Session, resolved: Resolved, first: datetime, last: datetime) -> None:
    """Note that readings of a series came or went, if its rules look at their neighbours."""
    judge = resolved.judge
    if resolved.datatype is not Datatype.STRING and (judge.looks_back or judge.looks_around):
        driver_of(session).execute(NOTE, (resolved.id, first, last))
