"""Backtests: a model tried on a past window."""

import logging
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Path, Query, Request, Response

from api.dependencies import SessionDep
from api.openapi import answers
from api.paging import PAGED, linked
from api.security import ReadsRuns, WritesRuns
from dtbase import queue
from dtbase.domain.forecasts.backtests import Backtest, BacktestQuery, NewBacktest
from dtbase.domain.names import Identifier
from dtbase.errors import NotFound, Unavailable
from dtbase.storage.forecasts import backtests

logger = logging.getLogger(__name__)

router = APIRouter(tags=["backtests"])

BacktestId = Annotated[int, Path(ge=1, lt=2**63)]


@router.post(
    "/models/{model}/backtests",
    status_code=202,
    responses=answers(NotFound, Unavailable),
    summary="Ask for a backtest",
)
def start_backtest(
    model: Identifier,
    new: NewBacktest,
    response: Response,
    background: BackgroundTasks,
    _writes: WritesRuns,
    session: SessionDep,
) -> Backtest:
    """Queue forecasts of one series over a past window; follow them at the Location.

    Each is made from what had been read by then, and is scored by what was read after it.
    """
    queue.check()
    backtest = backtests.create(session, model, new)
    # After the commit, since a worker must never look for a backtest that is not there yet.
    background.add_task(enqueue, backtest.id)
    response.headers["Location"] = f"/v1/backtests/{backtest.id}"
    return backtest


def enqueue(backtest_id: int) -> None:
    """Queue a committed backtest; if Redis has just gone away, the scheduler does it later."""
    try:
        queue.enqueue_backtest(backtest_id)
    except Unavailable as error:
        logger.warning("backtest %s waits for the scheduler: %s", backtest_id, error)


@router.get("/backtests", responses=PAGED, summary="List backtests")
def list_backtests(
    wanted: Annotated[BacktestQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsRuns,
    session: SessionDep,
) -> Sequence[Backtest]:
    """List the backtests that fit, newest first, a page at a time."""
    return linked(request, response, backtests.page(session, wanted))


@router.get("/backtests/{backtest_id}", responses=answers(NotFound), summary="Show a backtest")
def get_backtest(backtest_id: BacktestId, _reads: ReadsRuns, session: SessionDep) -> Backtest:
    """Show how far a backtest is, and what it found."""
    return backtests.get(session, backtest_id)
