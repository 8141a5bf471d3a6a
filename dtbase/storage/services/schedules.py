"""Storing schedules, and making the runs of those that are due."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dtbase.domain.bounds.budgets import at_most
from dtbase.domain.changes import revised
from dtbase.domain.forecasts.runs import RunStatus
from dtbase.domain.json_schemas import HOLDING_MANY
from dtbase.domain.paging import Listed
from dtbase.domain.services.schedules import (
    LATE,
    Missed,
    NewSchedule,
    Schedule,
    ScheduleChange,
    ScheduleQuery,
)
from dtbase.domain.services.service_runs import ServiceRun
from dtbase.domain.versions import WHATEVER, Expected
from dtbase.errors import Invalid, NotFound
from dtbase.storage import bulk, paging, single, tables
from dtbase.storage.database import refusing
from dtbase.storage.people import audit
from dtbase.storage.services import kept_parameters, parameter_sets, service_runs
from dtbase.storage.services.kept_parameters import NONE, Kept

NOUN = "schedule"
ORDER = paging.Order(columns={"name": tables.Schedule.name.expression}, key=("name",))

MOST_AT_ONCE = 100
"""How many schedules one scheduler takes in one transaction."""


def select_schedules() -> Select[tables.Schedule, str, str | None, int | None]:
    """Select schedules, each with the names of its service and set, and its last run."""
    last = (
        select(tables.ServiceRun.id)
        .where(tables.ServiceRun.schedule_id == tables.Schedule.id)
        .order_by(tables.ServiceRun.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(tables.Schedule, tables.Service.name, tables.ParameterSet.name, last)
        .join(tables.Service, tables.Service.id == tables.Schedule.service_id)
        .outerjoin(tables.ParameterSet, tables.ParameterSet.id == tables.Schedule.parameter_set_id)
    )


def to_domain(row: Row[*tuple[Any, ...]]) -> Schedule:
    schedule, service, parameter_set, last_run = row
    return Schedule(
        **definition_of(schedule, service, parameter_set).model_dump(),
        next_at=schedule.next_at if schedule.enabled else None,
        last_at=schedule.last_at,
        last_run=last_run,
    )


def definition_of(row: tables.Schedule, service: str, parameter_set: str | None) -> NewSchedule:
    """Return what people have said about a schedule."""
    return NewSchedule(
        name=row.name,
        service=service,
        parameter_set=parameter_set,
        parameters=row.parameters,
        cron=row.cron,
        every=row.every,
        start=row.start,
        timezone=row.timezone,
        missed=Missed(row.missed),
        jitter=row.jitter,
        enabled=row.enabled,
    )


class Named(NamedTuple):
    """What schedules name: services by name, their sets by service and name."""

    services: Mapping[str, tables.Service]
    sets: Mapping[tuple[int, str | None], tables.ParameterSet]

    def by(self, schedule: NewSchedule) -> tuple[tables.Service, tables.ParameterSet | None]:
        """Return what one of them names, or refuse it."""
        service, name = self.services.get(schedule.service), schedule.parameter_set
        if service is None:
            raise Invalid(f"no service {schedule.service!r}", field="service")
        if name is not None and (service.id, name) not in self.sets:
            raise Invalid(
                f"service {service.name!r} has no parameter set {name!r}", field="parameter_set"
            )
        return service, self.sets.get((service.id, name))


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


def columns_of(
    found: Named, schedule: NewSchedule, now: datetime, known: Kept = NONE
) -> dict[str, object]:
    """Return a schedule as a row holds it, with its next tick; its parameters are checked."""
    service, named = found.by(schedule)
    own = kept_parameters.keep(service.parameters_schema, schedule.parameters, known)
    parameter_sets.merged(service, named, own)
    if schedule.every is not None and schedule.start is None:
        schedule = schedule.model_copy(update={"start": now})
    return {
        **schedule.model_dump(exclude={"service", "parameter_set"}),
        "parameters": own.parameters,
        "secrets": own.secrets,
        "service_id": service.id,
        "parameter_set_id": named.id if named else None,
        **next_of(schedule, first_after(schedule, now)),
    }


def first_after(schedule: NewSchedule, now: datetime) -> datetime | None:
    if schedule.start is not None and schedule.start >= now:
        return schedule.start.astimezone(UTC)
    tick = schedule.following(now)
    if tick is None:
        raise Invalid("there is no time that this cron expression names", field="cron")
    return tick


def next_of(schedule: NewSchedule, tick: datetime | None) -> dict[str, datetime | None]:
    """Return when a schedule ticks next, and when it is due then."""
    due = None if tick is None else tick + schedule.lateness(tick)
    return {"next_at": tick, "due_at": due}


def ensure(session: Session, schedule: NewSchedule, now: datetime) -> None:
    """Insert a schedule unless one of that name is there; what people changed stays."""
    known = select(tables.Schedule.id).where(tables.Schedule.name == schedule.name)
    if session.scalar(known) is None:
        columns = columns_of(named_by(session, [schedule]), schedule, now)
        session.execute(insert(tables.Schedule).values(**columns).on_conflict_do_nothing())


def list(session: Session) -> Sequence[Schedule]:
    rows = session.execute(select_schedules().order_by(tables.Schedule.name))
    return [to_domain(row) for row in rows]


def page(session: Session, wanted: ScheduleQuery) -> Listed[Schedule]:
    query = select_schedules()
    if wanted.service is not None:
        query = query.where(tables.Service.name == wanted.service)
    if wanted.enabled is not None:
        query = query.where(tables.Schedule.enabled.is_(wanted.enabled))
    if wanted.search is not None:
        query = query.where(tables.Schedule.name.icontains(wanted.search, autoescape=True))
    return paging.page(session, query, wanted, ORDER, to_domain)


def add(session: Session, new: NewSchedule) -> Schedule:
    """Insert a schedule; its first tick is found from now on."""
    return insert_all(session, [new], bulk.raise_first)[0]


def add_many(session: Session, new: Sequence[NewSchedule]) -> Sequence[Schedule]:
    """Insert schedules, all or none."""
    with at_most(HOLDING_MANY):
        return insert_all(session, new, bulk.refuse)


def insert_all(
    session: Session, new: Sequence[NewSchedule], refuse: bulk.Refuse
) -> Sequence[Schedule]:
    now = datetime.now(UTC)
    found = named_by(session, new)

    def columns(each: NewSchedule) -> bulk.Row:
        return columns_of(found, each, now)

    kind = bulk.Kind(tables.Schedule, ("name",), described_as)
    with session.begin_nested():
        ids = bulk.insert_all(session, kind, new, columns, refuse)
        query = select_schedules().where(tables.Schedule.id.in_(ids))
        stored = {each.name: each for each in map(to_domain, session.execute(query))}
        added = [stored[each.name] for each in new]
        audit.created_many(session, NOUN, [(each.name, each.definition) for each in added])
    return added


def described_as(schedule: NewSchedule) -> str:
    return f"schedule {schedule.name!r}"


def get(session: Session, name: str) -> Schedule:
    query = select_schedules().where(tables.Schedule.name == name)
    row = session.execute(query.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound(f"no schedule {name!r}", field="name")
    return to_domain(row)


def hold(session: Session, name: str) -> tables.Schedule:
    """Return the row of a schedule, held until the transaction ends, or raise NotFound."""
    query = select(tables.Schedule).where(tables.Schedule.name == name)
    missing = NotFound(f"no schedule {name!r}", field="name")
    return single.row(session, query, missing, lock=True)


def update(
    session: Session, name: str, change: ScheduleChange, expected: Expected = WHATEVER
) -> Schedule:
    """Change a schedule; its next tick is found anew, from now on."""
    row = hold(session, name)
    before = get(session, name)
    expected.check(before, f"schedule {name!r}")
    after = revised(before.definition, replacing(change))
    found, known = named_by(session, [after]), kept_parameters.of(row)
    for column, value in columns_of(found, after, datetime.now(UTC), known).items():
        setattr(row, column, value)
    with refusing(f"schedule {after.name!r}", "name"):
        session.flush()
    changed = get(session, after.name)
    audit.changed(session, NOUN, after.name, before.definition, changed.definition)
    return changed


def replacing(change: ScheduleChange) -> ScheduleChange:
    """Return a change in which cron takes the place of an interval, and the other way round."""
    if change.cron is not None and not change.gives("every"):
        return change.model_copy(update={"every": None, "start": None})
    if change.every is not None and not change.gives("cron"):
        return change.model_copy(update={"cron": None})
    return change


def delete(session: Session, name: str, expected: Expected = WHATEVER) -> None:
    """Remove a schedule; its runs stay."""
    row = hold(session, name)
    before = get(session, name)
    expected.check(before, f"schedule {name!r}")
    session.delete(row)
    session.flush()
    audit.deleted(session, NOUN, name, before.definition)


def run_now(session: Session, name: str) -> ServiceRun:
    """Insert a queued run with what a schedule runs; its ticks stay as they are."""
    row = hold(session, name)
    service = session.get_one(tables.Service, row.service_id)
    named = session.get(tables.ParameterSet, row.parameter_set_id or 0)
    kept = parameter_sets.merged(service, named, kept_parameters.of(row))
    asked = service_runs.insert(session, service, kept, named.name if named else None)
    return service_runs.get(session, asked)


def take_due(session: Session, now: datetime) -> Sequence[int]:
    """Make one run for each schedule that is due, move it to its next tick, return the runs.

    Rows that another scheduler is taking are skipped; a rollback gives all of them back. Each
    tick has one run at most, which the database holds us to.
    """
    rows = session.execute(
        select(tables.Schedule, tables.Service, tables.ParameterSet)
        .join(tables.Service, tables.Service.id == tables.Schedule.service_id)
        .outerjoin(tables.ParameterSet, tables.ParameterSet.id == tables.Schedule.parameter_set_id)
        .where(tables.Schedule.enabled, tables.Schedule.due_at <= now)
        .order_by(tables.Schedule.due_at)
        .limit(MOST_AT_ONCE)
        .with_for_update(skip_locked=True, of=tables.Schedule)
        .execution_options(populate_existing=True)
    ).all()
    made = [take(session, *row, now) for row in rows]
    session.flush()
    return [run for run in made if run is not None]


def take(
    session: Session,
    row: tables.Schedule,
    service: tables.Service,
    named: tables.ParameterSet | None,
    now: datetime,
) -> int | None:
    """Make the run of one due schedule, if there is to be one, and move it on."""
    schedule = definition_of(row, service.name, named.name if named else None)
    assert row.next_at is not None
    assert row.due_at is not None
    tick = schedule.newest(row.next_at, now)
    missed = now - row.due_at > LATE and now - tick - schedule.lateness(tick) > LATE
    following = next_of(schedule, schedule.following(max(tick, row.next_at)))
    row.next_at, row.due_at = following["next_at"], following["due_at"]
    if (missed and schedule.missed is Missed.SKIP) or waits(session, row.id):
        return None
    row.last_at = now
    return insert_run(session, row, named, tick)


def waits(session: Session, schedule_id: int) -> bool:
    """Tell whether a run of a schedule still waits: then this tick needs no other one."""
    waiting = select(tables.ServiceRun.id).where(
        tables.ServiceRun.schedule_id == schedule_id,
        tables.ServiceRun.status == RunStatus.QUEUED,
    )
    return session.scalar(waiting.limit(1)) is not None


def insert_run(
    session: Session,
    row: tables.Schedule,
    named: tables.ParameterSet | None,
    tick: datetime,
) -> int | None:
    """Insert the run of a tick, unless the tick has one."""
    kept = kept_parameters.of(row).over(kept_parameters.of(named))
    new = insert(tables.ServiceRun).values(
        service_id=row.service_id,
        parameter_set=named.name if named else None,
        parameters=kept.parameters,
        secrets=kept.secrets,
        schedule_id=row.id,
        tick=tick,
        asked_by=f"schedule {row.name}",
        queued_at=func.clock_timestamp(),
    )
    return session.scalar(new.on_conflict_do_nothing().returning(tables.ServiceRun.id))
