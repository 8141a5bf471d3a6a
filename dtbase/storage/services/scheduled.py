"""What schedules name: services, and their parameter sets."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from dtbase.domain.services.schedules import NewSchedule
from dtbase.errors import Invalid
from dtbase.storage import tables


class Named(NamedTuple):
    """What schedules name: services by name, their sets by service and name."""

    services: Mapping[str, tables.Service]
    sets: Mapping[tuple[int, str], tables.ParameterSet]

    def service_of(self, schedule: NewSchedule) -> tables.Service:
        if schedule.service not in self.services:
            raise Invalid(f"no service {schedule.service!r}", field="service")
        return self.services[schedule.service]

    def set_of(self, schedule: NewSchedule, service: tables.Service) -> tables.ParameterSet | None:
        name = schedule.parameter_set
        if name is None:
            return None
        if (service.id, name) not in self.sets:
            raise Invalid(
                f"service {service.name!r} has no parameter set {name!r}", field="parameter_set"
            )
        return self.sets[service.id, name]


def named_by(session: Session, schedules: Sequence[NewSchedule]) -> Named:
    """Look up what schedules name."""
    named = tables.Service.name.in_({each.service for each in schedules})
    names = (each.parameter_set for each in schedules)
    rows = session.scalars(select(tables.Service).where(named)).all()
    sets = (
        select(tables.ParameterSet)
        .where(tables.ParameterSet.service_id.in_([row.id for row in rows]))
        .where(tables.ParameterSet.name.in_({*filter(None, names)}))
    )
    return Named(
        {row.name: row for row in rows},
        {(row.service_id, row.name): row for row in session.scalars(sets)},
    )
