"""Who predicts a series best, and which model was found best when and why."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.dependencies import SessionDep
from api.openapi import answers
from api.paging import PAGED, linked
from api.security import ReadsRuns
from dtbase.domain.forecasts.champions import Champion, ChampionQuery
from dtbase.domain.forecasts.drift import DriftQuery, SeriesDrift
from dtbase.domain.forecasts.leaderboard import Leaderboard, LeaderboardQuery
from dtbase.errors import NotFound
from dtbase.storage.forecasts import champions, drift, leaderboard

router = APIRouter(tags=["leaderboard"])


@router.get("/leaderboard", responses=answers(NotFound), summary="Rank the models of a series")
def rank_models(
    wanted: Annotated[LeaderboardQuery, Query()], _reads: ReadsRuns, session: SessionDep
) -> Leaderboard:
    """Rank models by MASE over the same period and lead times.

    Each says whether it is the champion of the series, and whether it has drifted from what its
    backtest promised.
    """
    return leaderboard.rank(session, wanted)


@router.get("/drift", responses=PAGED, summary="List drift")
def list_drift(
    wanted: Annotated[DriftQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsRuns,
    session: SessionDep,
) -> Sequence[SeriesDrift]:
    """List how models stand on series beside what their backtests promised, a page at a time."""
    return linked(request, response, drift.page(session, wanted))


@router.get("/champions", responses=PAGED, summary="List champions")
def list_champions(
    wanted: Annotated[ChampionQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsRuns,
    session: SessionDep,
) -> Sequence[Champion]:
    """List the promotions of models with their evidence, newest first, a page at a time."""
    return linked(request, response, champions.page(session, wanted))
