"""Scores: how good predictions were, rolled up by model, scenario, series and month."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.dependencies import SessionDep
from api.paging import PAGED, linked
from api.security import ReadsRuns
from dtbase.domain.forecasts.scores import RolledScores, ScoreQuery
from dtbase.storage.forecasts import scores

router = APIRouter(prefix="/scores", tags=["scores"])


@router.get("", responses=PAGED, summary="List scores")
def list_scores(
    wanted: Annotated[ScoreQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsRuns,
    session: SessionDep,
) -> Sequence[RolledScores]:
    """List how good runs were, by lead time, taken together as `by` says, a page at a time.

    Every succeeded run of any model is scored as readings of what it predicts arrive. Without
    `by` a row is of one model, scenario, series and month of the issue.
    """
    return linked(request, response, scores.page(session, wanted))
