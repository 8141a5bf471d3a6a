"""Backtests: a model tried on a past window."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Path, Query, Request, Response

from api.delivering import hand_over
from api.dependencies import SessionDep
from api.openapi import answers
from api.paging import PAGED, linked
from api.security import ReadsRuns, WritesRuns
from dtbase.domain.forecasts.backtests import Backtest, BacktestQuery, NewBacktest
from dtbase.domain.names import Identifier
from dtbase.errors import NotFound
from dtbase.storage.forecasts import backtests
from dtbase.storage.services import asking

router = APIRouter(tags=["backtests"])

BacktestId = Annotated[int, Path(ge=1, lt=2**63)]


@router.post(
    "/models/{model}/backtests",
    status_code=202,
    responses=answers(NotFound),
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

    Each is made from what had been read by then, and is scored by what was read after it. A run of
    the service `backtest` does it: `service_run` leads to its log and its cancelling.
    """
    backtest = asking.backtest(session, model, new)
    hand_over(session, backtest.service_run, background)
    response.headers["Location"] = f"/v1/backtests/{backtest.id}"
    return backtest


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
