"""A run as a worker has it; most are begun by one statement, and end by one."""

from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Text,
    and_,
    bindparam,
    case,
    func,
    select,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from dtbase.domain.forecasts.runs import RunStatus
from dtbase.domain.frozen import Frozen
from dtbase.domain.services.service_runs import Written
from dtbase.domain.services.services import Limits
from dtbase.storage import tables
from dtbase.storage.services import run_locks
from dtbase.storage.services.kept_parameters import Kept

OPEN = (RunStatus.QUEUED, RunStatus.RUNNING)
run = tables.ServiceRun

Progress = tuple[int, int | None, str | None]
"""How much of a run is done, of how much, and what it is at."""


class Try(NamedTuple):
    """One try of a run, which another process may try again meanwhile."""

    run: int
    attempt: int


class Assignment(Frozen):
    """A run as the worker needs it."""

    run: int
    service_id: int
    service: str
    kind: str
    kept: Kept
    attempt: int
    outages: int
    limits: Limits

    @property
    def present(self) -> Try:
        return Try(self.run, self.attempt)


ASSIGNED = (
    run.id,
    run.service_id,
    tables.Service.name,
    tables.Service.kind,
    run.parameters,
    run.secrets,
    run.attempt,
    run.outages,
    tables.Service.timeout,
    tables.Service.retries,
    tables.Service.backoff,
    tables.Service.concurrency,
)
"""What an assignment tells."""

TRIED = (
    update(run)
    .where(
        run.id == bindparam("which"),
        run.status == RunStatus.QUEUED,
        tables.Service.id == run.service_id,
    )
    .values(attempt=run.attempt + 1)
    .returning(*ASSIGNED)
    .execution_options(synchronize_session=False)
)
BEGIN = TRIED.values(
    status=RunStatus.RUNNING,
    held=False,
    started_at=func.clock_timestamp(),
    carrier=bindparam("by", type_=Text),
    **dict.fromkeys(("reason", "done", "total", "message", "not_before")),
)
TAKEN = select(run_locks.HOLDER).cte("taken")
BEGUN = BEGIN.where(
    tables.Service.concurrency.is_(None), select(TAKEN.c.holder).scalar_subquery().is_not(None)
).cte("begun")
TAKE = select(TAKEN.c.holder, BEGUN).select_from(TAKEN.outerjoin(BEGUN, true()))
"""Takes the lock of a run and begins it, if nothing is to be counted before."""


def assigned(found: run_locks.Found) -> Assignment:
    return Assignment(
        run=found.id,
        service_id=found.service_id,
        service=found.name,
        kind=found.kind,
        kept=Kept(found.parameters, found.secrets),
        attempt=found.attempt,
        outages=found.outages,
        limits=Limits.model_validate(found, from_attributes=True),
    )


PROGRESS = {"at": run.done, "of": run.total, "saying": run.message}
UNTOLD = bindparam("at", type_=BigInteger).is_(None)
SUCCEEDED = (
    update(run)
    .where(
        run.id == bindparam("which"),
        run.attempt == bindparam("try"),
        run.status.in_(OPEN),
        run.awaits.is_(False),
        run.parent_id.is_(None),
    )
    .values(
        status=RunStatus.SUCCEEDED,
        reason=None,
        ended_at=func.clock_timestamp(),
        written=bindparam("left", type_=JSONB),
        **{
            column.key: case((UNTOLD, column), else_=bindparam(name, type_=column.type))
            for name, column in PROGRESS.items()
        },
    )
    .returning(run.id)
    .cte("succeeded")
)
LEAVE = select(run_locks.UNLOCKED).select_from(SUCCEEDED)


def succeed(which: Try, written: Written, progress: Progress | None = None) -> bool:
    """Note that a run has succeeded, and let go of its lock; answer False if it is a part.

    Who sees the lock free before the end is committed waits for the row, and finds it ended.
    """
    told = dict(zip(PROGRESS, progress or (None, None, None), strict=True))
    which_try = {"which": which.run, "try": which.attempt}
    return run_locks.let_go(which.run, LEAVE, left=written.model_dump(), **which_try, **told)


def is_at(which: Try) -> ColumnElement[bool]:
    """Tell whether a row is the run, and at that try."""
    return and_(run.id == which.run, run.attempt == which.attempt)
