"""What becomes of a service's run: started, held back, tried again, ended; each in one step."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from enum import Enum, auto
from typing import NamedTuple

from pydantic import JsonValue
from sqlalchemy import ColumnElement, TextClause, and_, case, func, select, text, update
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.runs import RunStatus
from dtbase.domain.frozen import Frozen
from dtbase.domain.services.service_runs import HttpAnswer, Written
from dtbase.domain.services.services import Limits
from dtbase.errors import Conflict
from dtbase.storage import tables
from dtbase.storage.database import get_engine, reaching_database
from dtbase.storage.services import service_runs, services

OPEN = (RunStatus.QUEUED, RunStatus.RUNNING)
DIED = "the worker stopped while this run was under way"
CANCELLED = "cancelled"
run = tables.ServiceRun


class Start(Enum):
    """What came of starting a run."""

    STARTED = auto()
    HELD = auto()
    ENDED = auto()


class Try(NamedTuple):
    """One try of a run; without its number, whichever the run is at."""

    run: int
    attempt: int | None = None


class Job(Frozen):
    """A run as the worker needs it."""

    run: int
    service_id: int
    service: str
    kind: str
    parameters: dict[str, JsonValue]
    attempt: int
    limits: Limits

    @property
    def present(self) -> Try:
        """Return which try this is."""
        return Try(self.run, self.attempt)


def start(session: Session, run_id: int, carrier: str | None = None) -> tuple[Start, Job | None]:
    """Note that a run is under way, unless it has ended or its service has runs enough."""
    row = session.execute(
        select(run, tables.Service)
        .join(tables.Service, tables.Service.id == run.service_id)
        .where(run.id == run_id)
        .with_for_update(of=run)
    ).one_or_none()
    if row is None or row[0].status != RunStatus.QUEUED:
        return Start.ENDED, None
    found, service = row
    if service.concurrency is not None and under_way(session, service) >= service.concurrency:
        found.held = True
        found.delivery += 1
        return Start.HELD, None
    found.status, found.attempt, found.held = RunStatus.RUNNING, found.attempt + 1, False
    found.started_at, found.reason, found.carrier = func.clock_timestamp(), None, carrier
    found.done = found.total = found.message = found.not_before = None
    job = Job(
        run=run_id,
        service_id=service.id,
        service=service.name,
        kind=service.kind,
        parameters=found.parameters,
        attempt=found.attempt,
        limits=services.limits_of(service),
    )
    session.flush()
    return Start.STARTED, job


def under_way(session: Session, service: tables.Service) -> int:
    """Count a service's runs under way; whoever starts or ends another one waits."""
    services.row_of(session, service.name, lock=True)
    counted = select(func.count()).where(
        run.service_id == service.id, run.status == RunStatus.RUNNING
    )
    return session.scalar(counted) or 0


def is_at(which: Try) -> ColumnElement[bool]:
    """Tell whether a row is the run, and at that try."""
    if which.attempt is None:
        return run.id == which.run
    return and_(run.id == which.run, run.attempt == which.attempt)


def pulse(
    session: Session, which: Try, done: int | None, total: int | None, message: str | None
) -> bool:
    """Note how far a run is; tell whether it should go on."""
    asked = session.execute(
        update(run)
        .where(is_at(which), run.status == RunStatus.RUNNING)
        .values(done=done, total=total, message=message)
        .returning(run.cancel_asked_at)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return asked is not None and asked[0] is None


def wanted(session: Session, which: Try) -> bool:
    """Tell whether a run should go on; one that another process tries again should not."""
    asked = session.execute(
        select(run.cancel_asked_at).where(is_at(which), run.status == RunStatus.RUNNING)
    ).one_or_none()
    return asked is not None and asked[0] is None


def end(
    session: Session,
    which: Try,
    status: RunStatus,
    reason: str | None = None,
    written: Written | None = None,
    answer: HttpAnswer | None = None,
) -> bool:
    """Note how a run under way ended; answer False when it had ended already."""
    told = {"written": written.model_dump()} if written is not None else {}
    told |= {"answer": answer.model_dump()} if answer is not None else {}
    return change(
        session,
        is_at(which),
        status=status,
        reason=reason,
        ended_at=func.clock_timestamp(),
        **told,
    )


def put_back(
    session: Session, which: Try, reason: str, pause: timedelta, written: Written | None = None
) -> bool:
    """Queue a run that failed once more, after a pause."""
    told = {"written": written.model_dump()} if written is not None else {}
    return change(
        session,
        is_at(which),
        status=RunStatus.QUEUED,
        reason=reason,
        delivery=run.delivery + 1,
        queued_at=func.clock_timestamp(),
        not_before=func.clock_timestamp() + pause,
        **told,
    )


def change(session: Session, which: ColumnElement[bool], **values: object) -> bool:
    """Update an open run; answer whether there was one."""
    changed = session.execute(
        update(run)
        .where(which, run.status.in_(OPEN))
        .values(**values)
        .returning(run.id)
        .execution_options(synchronize_session=False)
    )
    return changed.one_or_none() is not None


def cancel(session: Session, run_id: int) -> RunStatus:
    """End a queued run, or ask one under way to end; refuse one that has ended."""
    cancelled = session.execute(
        update(run)
        .where(run.id == run_id, run.status.in_(OPEN))
        .values(
            cancel_asked_at=func.coalesce(run.cancel_asked_at, func.clock_timestamp()),
            status=case((run.status == RunStatus.QUEUED, RunStatus.CANCELLED), else_=run.status),
            reason=case((run.status == RunStatus.QUEUED, CANCELLED), else_=run.reason),
            ended_at=case((run.status == RunStatus.QUEUED, func.clock_timestamp()), else_=None),
        )
        .returning(run.status)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if cancelled is None:
        found = service_runs.get(session, run_id)
        raise Conflict(f"run {run_id} has ended: it {found.status}", field="status")
    return RunStatus(cancelled[0])


def let_go(session: Session, service_id: int) -> Sequence[int]:
    """Let the oldest runs go for which a service has room again, and return them."""
    service = session.get_one(tables.Service, service_id)
    held = select(run).where(run.service_id == service_id, run.status == RunStatus.QUEUED, run.held)
    room = None
    if service.concurrency is not None:
        room = max(service.concurrency - under_way(session, service), 0)
    found = session.scalars(held.order_by(run.id).limit(room)).all()
    for each in found:
        each.held = False
    session.flush()
    return [each.id for each in found]


def with_held(session: Session) -> Sequence[int]:
    """Return the services that have held runs back."""
    held = select(run.service_id).where(run.status == RunStatus.QUEUED, run.held)
    return session.scalars(held.distinct()).all()


def waiting(session: Session, older_than: timedelta) -> Sequence[int]:
    """Return the queued runs whose time has come and whose job might be lost."""
    now = func.clock_timestamp()
    return session.scalars(
        select(run.id)
        .where(
            run.status == RunStatus.QUEUED,
            run.held.is_(False),
            run.queued_at < now - older_than,
            func.coalesce(run.not_before, run.queued_at) <= now,
        )
        .order_by(run.id)
    ).all()


def overdue_cancels(session: Session, grace: timedelta) -> Sequence[str]:
    """Return the jobs in whose processes runs go on that were asked to end."""
    carriers = session.scalars(
        select(run.carrier).where(
            run.status == RunStatus.RUNNING,
            run.cancel_asked_at < func.clock_timestamp() - grace,
        )
    )
    return [job_id for job_id in carriers if job_id is not None]


LOCK = text("SELECT pg_try_advisory_lock('service_run'::regclass::oid::int, :run_id)")
UNLOCK = text("SELECT pg_advisory_unlock('service_run'::regclass::oid::int, :run_id)")
DEAD = text("""
WITH running AS MATERIALIZED (SELECT id FROM service_run WHERE status = 'running')
SELECT id FROM running
 WHERE pg_try_advisory_xact_lock('service_run'::regclass::oid::int, (id % 2147483647)::int)
""")


HELD: set[int] = set()
"""The runs that this process holds: PostgreSQL would give their locks to it again."""


@contextmanager
def holding(run_id: int) -> Iterator[bool]:
    """Hold a run's lock; gives False when another process has it.

    PostgreSQL frees the lock when the process that held it dies, however it dies, so a run that
    says "running" and is not locked is dead. The lock is of the session: its connection goes back
    to the pool and does the run's work too, since a second one would double what a run costs.
    """
    if run_id in HELD or not at_once(LOCK, run_id):
        yield False
        return
    HELD.add(run_id)
    try:
        yield True
    finally:
        HELD.discard(run_id)
        if not at_once(UNLOCK, run_id):
            get_engine().dispose()  # another connection came to the top of the pool


def at_once(statement: TextClause, run_id: int) -> bool:
    """Run a statement about a lock, outside of any transaction."""
    with reaching_database(), get_engine().connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        return bool(connection.scalar(statement, {"run_id": run_id % 2147483647}))


def end_dead(session: Session) -> Sequence[int]:
    """Queue the runs whose process died once more, or end them truly, and return them."""
    ids = session.scalars(DEAD).all()
    rows = session.execute(
        select(run, tables.Service)
        .join(tables.Service, tables.Service.id == run.service_id)
        .where(run.id.in_(ids), run.status == RunStatus.RUNNING)
        .execution_options(populate_existing=True)
    ).all()
    for found, service in rows:
        end_one(session, found, services.limits_of(service))
    return [found.id for found, _ in rows]


def end_one(session: Session, dead: tables.ServiceRun, limits: Limits) -> None:
    """Say what becomes of one run whose process died."""
    if dead.cancel_asked_at is not None:
        end(session, Try(dead.id), RunStatus.CANCELLED, CANCELLED)
    elif dead.attempt <= limits.retries:
        put_back(session, Try(dead.id), DIED, limits.pause_after(dead.attempt))
    else:
        end(session, Try(dead.id), RunStatus.FAILED, DIED)
