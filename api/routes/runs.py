"""Runs of models: how they went and what they predict."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import Field

from api.dependencies import SessionDep
from api.openapi import answers
from api.security import ReadsRuns
from dtbase.domain.runs import Run, RunFilter, RunPredictions
from dtbase.errors import NotFound
from dtbase.storage import prediction_queries, runs

router = APIRouter(prefix="/runs", tags=["runs"])

MOST = 1000
RunId = Annotated[int, Path(ge=1, lt=2**63)]


class RunQuery(RunFilter):
    """Which runs to list, and how many."""

    limit: int = Field(default=50, ge=1, le=MOST)


@router.get("", summary="List runs")
def list_runs(
    wanted: Annotated[RunQuery, Query()], _reads: ReadsRuns, session: SessionDep
) -> Sequence[Run]:
    """List the newest runs that fit, newest first."""
    return runs.list(session, wanted, wanted.limit)


@router.get("/{run_id}", responses=answers(NotFound), summary="Show a run")
def get_run(run_id: RunId, _reads: ReadsRuns, session: SessionDep) -> Run:
    """Show how a run stands."""
    return runs.get(session, run_id)


@router.get(
    "/{run_id}/predictions", responses=answers(NotFound), summary="Read a run's predictions"
)
def get_predictions(run_id: RunId, _reads: ReadsRuns, session: SessionDep) -> RunPredictions:
    """Read what a run predicts; nothing until it has succeeded."""
    run = runs.get(session, run_id)
    return RunPredictions(run=run, series=prediction_queries.read(session, run))
