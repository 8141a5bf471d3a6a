"""Replacing a sensor by another one: its place goes on with the new one from a time on."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dtbase.domain.registry.installations import (
    Installation,
    InstallationQuery,
    NewInstallation,
    Replacement,
)
from dtbase.errors import Invalid
from dtbase.storage import tables
from dtbase.storage.registry import installations, sensors


def replace(session: Session, old: str, replacement: Replacement) -> Sequence[Installation]:
    """Let a sensor leave its place, and another one stand there; the place's series go on."""
    sensors.lock(session, old)
    if replacement.by == old:
        raise Invalid("a sensor cannot replace itself", field="by")
    by = select(tables.Sensor.id).where(tables.Sensor.identifier == replacement.by)
    if session.scalar(by) is None:
        raise Invalid(f"no sensor {replacement.by!r}", field="by")
    at = replacement.at or session.scalar(select(func.clock_timestamp()))
    stood = installations.page(session, InstallationQuery(sensor=old, at=at)).items
    if not stood or stood[0].location is None:
        raise Invalid(f"sensor {old!r} stood nowhere at that time", field="at")
    leaves = NewInstallation(sensor=old, location=None, since=at)
    comes = NewInstallation(sensor=replacement.by, location=stood[0].location, since=at)
    return [installations.add(session, each) for each in (leaves, comes)]
