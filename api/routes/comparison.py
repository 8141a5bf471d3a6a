"""Predictions side by side."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import SessionDep
from api.openapi import answers
from api.security import ReadsRuns
from dtbase.domain.forecasts.comparison import Comparison, ComparisonQuery
from dtbase.errors import NotFound
from dtbase.storage import values

router = APIRouter(prefix="/comparison", tags=["comparison"])


@router.get("", responses=answers(NotFound), summary="Compare predictions")
def compare_predictions(
    wanted: Annotated[ComparisonQuery, Query()], _reads: ReadsRuns, session: SessionDep
) -> Comparison:
    """Compare runs, or the newest runs of models and scenarios, on the times that they share.

    Differences are from the first side; name it first.
    """
    return values.compare(session, wanted)
