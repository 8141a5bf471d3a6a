"""What becomes of a service's run: started, held back, tried again, ended; each in one step."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy import Row, case, func, select, text, update
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.runs import RunStatus
from dtbase.domain.services.service_runs import HttpAnswer, Written
from dtbase.errors import Conflict
from dtbase.storage import tables
from dtbase.storage.database import transaction
from dtbase.storage.forecasts import results
from dtbase.storage.services import run_locks, run_parts, service_runs, services
from dtbase.storage.services.assignments import (
    ASSIGNED,
    BEGIN,
    OPEN,
    TAKE,
    TRIED,
    Assignment,
    Try,
    assigned,
    is_at,
)

DIED = "the worker stopped while this run was under way"
OUTAGE = "the database went away while this run was under way"
CANCELLED = "cancelled"
MOST_OUTAGES = 10
"""Tries that outages may take: a run that brings the database down would do so for ever."""

run = tables.ServiceRun


@contextmanager
def begun(run_id: int, carrier: str | None = None) -> Iterator[Assignment | None]:
    """Begin a run and hold its lock; gives nothing if another process is at it or none may be."""
    with run_locks.holding(run_id, TAKE, which=run_id, by=carrier) as taken:
        if taken is None:
            yield None
        elif taken.id is not None:
            yield assigned(taken)
        else:
            with transaction() as session:
                started = start(session, run_id, carrier)
            yield started


def start(session: Session, run_id: int, carrier: str | None = None) -> Assignment | None:
    """Note that a run is under way, unless it has ended or its service has runs enough."""
    found = hold(session, run_id, RunStatus.QUEUED)
    if found is None:
        return None
    service = session.get_one(tables.Service, found.service_id)
    if service.concurrency is not None and under_way(session, service) >= service.concurrency:
        held = update(run).where(run.id == run_id).values(held=True, delivery=run.delivery + 1)
        session.execute(held)
        return None
    return assigned(session.execute(BEGIN, {"which": run_id, "by": carrier}).one())


def hold(session: Session, run_id: int, status: RunStatus) -> run_locks.Found | None:
    """Return a run of that status as it is assigned, held until the transaction ends."""
    return session.execute(
        select(*ASSIGNED, run.started_at, run.cancel_asked_at)
        .join(tables.Service, tables.Service.id == run.service_id)
        .where(run.id == run_id, run.status == status)
        .with_for_update(of=run)
    ).one_or_none()


def under_way(session: Session, service: tables.Service) -> int:
    """Count a service's runs that have a worker; whoever starts or ends another one waits."""
    services.row_of(session, service.name, lock=True)
    counted = select(func.count()).where(
        run.service_id == service.id, run.status == RunStatus.RUNNING, run.awaits.is_(False)
    )
    return session.scalar(counted) or 0


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
    """Note how a run under way ended, and what it leaves; answer False when it had ended already.

    A run that has parts ends with the last of them.
    """
    ended_at, told = func.clock_timestamp(), told_of(written, answer)
    ended = change(session, which, status=status, reason=reason, ended_at=ended_at, **told)
    if ended is None:
        run_parts.settle(session, which.run)
        return False
    if status is not RunStatus.SUCCEEDED:
        results.close(session, [which.run], status, reason)
    if ended.parent_id is not None:
        run_parts.settle(session, ended.parent_id)
    return True


def told_of(written: Written | None, answer: HttpAnswer | None = None) -> dict[str, object]:
    """Return what a try leaves as the row keeps it; what it does not tell stays there."""
    told = {"written": written, "answer": answer}
    return {name: each.model_dump() for name, each in told.items() if each is not None}


def fail(
    session: Session,
    failed: Assignment,
    reason: str,
    again_after: timedelta | None = timedelta(0),
    written: Written | None = None,
    answer: HttpAnswer | None = None,
) -> None:
    """Queue a run once more whose try has failed, or end it when no try is left.

    It waits as its service says, from try to try longer, or `again_after` if that is longer still;
    with None it is not tried again.
    """
    service_runs.add_line(session, failed.run, f"try {failed.attempt} failed: {reason}")
    own = failed.attempt - failed.outages
    if again_after is None or own > failed.limits.retries:
        end(session, failed.present, RunStatus.FAILED, reason, written, answer)
        return
    pause = max(failed.limits.pause_after(own), again_after)
    put_back(session, failed.present, reason, pause, **told_of(written))


def lose(session: Session, lost: Assignment) -> None:
    """Queue a run anew whose try an outage took; that costs no retry."""
    outages = lost.outages + 1
    if outages > MOST_OUTAGES:
        end(session, lost.present, RunStatus.FAILED, f"{OUTAGE}, {outages} times")
        return
    service_runs.add_line(session, lost.run, f"{OUTAGE}; it is tried again, which costs no retry")
    pause = timedelta(seconds=2**lost.outages - 1)
    put_back(session, lost.present, OUTAGE, pause, outages=outages)


def put_back(session: Session, which: Try, reason: str, pause: timedelta, **told: object) -> None:
    """Queue a run once more, after a pause."""
    now = func.clock_timestamp()
    told |= {"delivery": run.delivery + 1, "queued_at": now, "not_before": now + pause}
    change(session, which, status=RunStatus.QUEUED, reason=reason, **told)


def change(session: Session, which: Try, **values: object) -> Row[int | None] | None:
    """Update an open run that does not wait for parts, and return its parent's number, if any."""
    return session.execute(
        update(run)
        .where(is_at(which), run.status.in_(OPEN), run.awaits.is_(False))
        .values(**values)
        .returning(run.parent_id)
        .execution_options(synchronize_session=False)
    ).one_or_none()


def cancel(session: Session, run_id: int) -> None:
    """End a queued run, or ask one under way to end, with its parts; refuse one that has ended."""
    parts = run_parts.open_of(session, run_id)
    for part in parts:
        cancel_one(session, part)
    cancelled = cancel_one(session, run_id)
    if cancelled is None:
        found = service_runs.get(session, run_id)
        raise Conflict(f"run {run_id} has ended: it {found.status}", field="status")
    whole = run_id if parts else cancelled.parent_id
    if whole is not None:  # held last, as when a part ends by itself
        run_parts.settle(session, whole)


def cancel_one(session: Session, run_id: int) -> Row[str, int | None] | None:
    """End a queued run, or ask one under way to end; answer nothing for one that has ended."""
    waits = run.status == RunStatus.QUEUED
    cancelled = session.execute(
        update(run)
        .where(run.id == run_id, run.status.in_(OPEN))
        .values(
            cancel_asked_at=func.coalesce(run.cancel_asked_at, func.clock_timestamp()),
            status=case((waits, RunStatus.CANCELLED), else_=run.status),
            reason=case((waits, CANCELLED), else_=run.reason),
            ended_at=case((waits, func.clock_timestamp()), else_=None),
        )
        .returning(run.status, run.parent_id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if cancelled is not None and cancelled.status == RunStatus.CANCELLED:
        results.close(session, [run_id], RunStatus.CANCELLED, CANCELLED)
    return cancelled


def let_go(session: Session, service_id: int) -> Sequence[int]:
    """Let the oldest runs go that a service has room for again, and return their ids."""
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


DEAD = text("""
WITH running AS MATERIALIZED (
  SELECT id FROM service_run WHERE status = 'running' AND NOT awaits)
SELECT id FROM running
 WHERE pg_try_advisory_xact_lock('service_run'::regclass::oid::int, (id % 2147483647)::int)
""")
NOBODY_AT = text("""
SELECT pg_try_advisory_xact_lock('service_run'::regclass::oid::int, :key)
""")
SINCE_OUTAGE = text("""
SELECT greatest(pg_postmaster_start_time(), (SELECT stats_reset FROM pg_stat_bgwriter))
""")
"""When the database last dropped every connection: it started, or recovered from a crash."""


def dead(session: Session) -> Sequence[int]:
    """Return the runs under way whose process is gone, or has lost its connection."""
    return session.scalars(DEAD).all()


def bury(session: Session, run_id: int) -> str | None:
    """Queue a dead run once more, or end it; return why, or nothing if it lives after all."""
    if not session.scalar(NOBODY_AT, {"key": run_locks.key_of(run_id)}):
        return None
    found = hold(session, run_id, RunStatus.RUNNING)
    if found is None:
        return None
    tried = assigned(found)
    if found.cancel_asked_at is not None:
        end(session, tried.present, RunStatus.CANCELLED, CANCELLED)
        return CANCELLED
    if found.started_at < session.scalar(SINCE_OUTAGE):
        lose(session, tried)
        return OUTAGE
    fail(session, tried, DIED)
    return DIED


def refuse(session: Session, run_id: int, reason: str) -> None:
    """Count a try of a queued run that its worker could not even begin."""
    tried = session.execute(TRIED, {"which": run_id}).one_or_none()
    if tried is not None:
        fail(session, assigned(tried), reason)
