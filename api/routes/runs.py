"""Runs of models: how they went and what they predict."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from api.dependencies import SessionDep
from api.openapi import answers
from api.paging import PAGED, linked
from api.security import DeletesRuns, ReadsRuns, WritesRuns
from dtbase.domain.forecasts.outcomes import NewOutcome
from dtbase.domain.forecasts.runs import Run, RunPredictions, RunQuery
from dtbase.domain.forecasts.scores import OutputScores
from dtbase.errors import Conflict, NotFound
from dtbase.storage import values
from dtbase.storage.database import take_long
from dtbase.storage.forecasts import outcomes, runs, scores

router = APIRouter(prefix="/runs", tags=["runs"])

RunId = Annotated[int, Path(ge=1, lt=2**63)]


@router.get("", responses=PAGED, summary="List runs")
def list_runs(
    wanted: Annotated[RunQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsRuns,
    session: SessionDep,
) -> Sequence[Run]:
    """List the runs that fit, newest first, a page at a time."""
    return linked(request, response, runs.page(session, wanted))


@router.post("", status_code=201, summary="Add a run that happened elsewhere")
def add_run(_writes: WritesRuns, new: NewOutcome, response: Response, session: SessionDep) -> Run:
    """Store what any model in any language has predicted, all or nothing.

    A run may predict many measures, each of a sensor or of none, with intervals of any levels;
    the series that it is about may be left out. The model must be registered.
    """
    run = outcomes.add(session, new)
    response.headers["Location"] = f"/v1/runs/{run.id}"
    return run


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
    return RunPredictions(run=run, series=values.predictions_of(session, run.id))


@router.get("/{run_id}/scores", responses=answers(NotFound), summary="Read a run's scores")
def get_scores(run_id: RunId, _reads: ReadsRuns, session: SessionDep) -> Sequence[OutputScores]:
    """Read how good a run was so far on each series that it predicts, by lead time."""
    return scores.of_run(session, run_id)


@router.delete(
    "/{run_id}", status_code=204, responses=answers(NotFound, Conflict), summary="Delete a run"
)
def delete_run(run_id: RunId, _deletes: DeletesRuns, session: SessionDep) -> None:
    """Delete a run that has ended, with its predictions."""
    take_long(session)
    runs.delete(session, run_id)
