"""Runs that are shared out: the parts wait and run by themselves, the whole ends with the last."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.runs import RunStatus
from dtbase.storage import single, tables
from dtbase.storage.services import service_runs

ALL_FAILED = "none of its {parts} parts succeeded: {reason}"
run = tables.ServiceRun


def make(session: Session, whole: int, count: int, total: int) -> Sequence[int]:
    """Split work into queued parts; the run waits for their end without keeping a worker."""
    found = session.scalars(single.locked(select(run).where(run.id == whole))).one()
    found.awaits, found.done, found.total = True, 0, total
    parts = [
        tables.ServiceRun(
            service_id=found.service_id,
            parameters=found.parameters,
            secrets=found.secrets,
            parameter_set=found.parameter_set,
            asked_by=found.asked_by,
            parent_id=whole,
        )
        for _ in range(count)
    ]
    session.add_all(parts)
    session.flush()
    return sorted(part.id for part in parts)


def of(session: Session, whole: int) -> Sequence[int]:
    return session.scalars(select(run.id).where(run.parent_id == whole).order_by(run.id)).all()


def open_of(session: Session, whole: int) -> Sequence[int]:
    """Return the parts of a run that have not ended."""
    parts = select(run.id).where(run.parent_id == whole, run.ended_at.is_(None))
    return session.scalars(parts.order_by(run.id)).all()


def settle(session: Session, whole: int) -> None:
    """Note how far the parts of a run have come, and end it when all of them have ended.

    Whoever ends a part holds the whole, so that one of them is the last.
    """
    held = select(run).where(run.id == whole, run.awaits, run.ended_at.is_(None))
    found = session.scalar(single.locked(held))
    if found is None:
        return
    counted = select(run.status, func.count(), func.sum(run.done), func.min(run.reason))
    rows = session.execute(counted.where(run.parent_id == whole).group_by(run.status)).all()
    counts = {RunStatus(status): number for status, number, _, _ in rows}
    found.done = sum(int(done or 0) for _, _, done, _ in rows)
    if all(status.ended for status in counts):
        reasons = {RunStatus(status): reason for status, _, _, reason in rows}
        end(session, found, counts, reasons.get(RunStatus.FAILED))
    session.flush()


def end(
    session: Session, whole: tables.ServiceRun, counts: dict[RunStatus, int], reason: str | None
) -> None:
    """End a run as its parts have ended."""
    told = ", ".join(f"{number} {status}" for status, number in sorted(counts.items()))
    service_runs.add_line(session, whole.id, f"{sum(counts.values())} parts: {told}")
    whole.ended_at = func.clock_timestamp()
    if whole.cancel_asked_at is not None or set(counts) == {RunStatus.CANCELLED}:
        whole.status, whole.reason = RunStatus.CANCELLED, "cancelled"
    elif RunStatus.SUCCEEDED in counts:
        whole.status, whole.reason = RunStatus.SUCCEEDED, None
    else:
        whole.status = RunStatus.FAILED
        whole.reason = ALL_FAILED.format(parts=sum(counts.values()), reason=reason)
