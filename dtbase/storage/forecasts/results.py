"""What runs of services leave; a result without an end of its own has its maker's status.

The history of runs of services is forgotten after a while, so a result never depends on it.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Function, Select, and_, func, select, update
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.runs import RunStatus
from dtbase.storage import tables

Kind = type[tables.Run] | type[tables.Backtest]

KINDS: tuple[Kind, ...] = (tables.Run, tables.Backtest)


def maker(kind: Kind) -> ColumnElement[bool]:
    """Join the run of a service that makes a result which has not ended."""
    return and_(kind.status.is_(None), tables.ServiceRun.id == kind.service_run_id)


def status(kind: Kind) -> Function[str | None]:
    """Tell how a result stands that is joined to its maker."""
    return func.coalesce(kind.status, tables.ServiceRun.status)


def end(
    session: Session, kind: Kind, which: ColumnElement[bool], status: RunStatus, **values: object
) -> bool:
    """Note how results ended; what has ended stays so. Answer whether any had not."""
    made_by = tables.ServiceRun.id == kind.service_run_id
    began = select(tables.ServiceRun.started_at).where(made_by).scalar_subquery()
    told = {"reason": None, "started_at": began, "ended_at": func.clock_timestamp(), **values}
    ended = session.execute(
        update(kind)
        .where(which, kind.status.is_(None))
        .values(status=status, **told)
        .returning(kind.id)
        .execution_options(synchronize_session=False)
    )
    return bool(ended.all())


def close(
    session: Session, makers: Sequence[int] | Select[int], status: RunStatus, reason: str | None
) -> None:
    """End what runs of services have left open; what failed by itself keeps its own reason."""
    for kind in KINDS:
        why = func.coalesce(kind.reason, reason) if status is RunStatus.FAILED else reason
        end(session, kind, kind.service_run_id.in_(makers), status, reason=why)
