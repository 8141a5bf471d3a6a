"""Corrections of readings: previewed, made, listed, undone."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Path, Query, Request, Response

from api.dependencies import RefresherDep, SessionDep
from api.openapi import answers
from api.paging import PAGED, linked
from api.security import PrincipalDep, ReadsReadings, WritesReadings
from dtbase.domain.readings.corrections import (
    CorrectedQuery,
    CorrectedReading,
    Correction,
    CorrectionQuery,
    NewCorrection,
    Preview,
)
from dtbase.domain.registry.series import SeriesKey
from dtbase.errors import Conflict, NotFound
from dtbase.storage.database import take_long
from dtbase.storage.readings import corrected, corrections, undoing

router = APIRouter(prefix="/corrections", tags=["quality"])

Id = Annotated[int, Path(ge=1, le=2**63 - 1)]


@router.get("", responses=PAGED, summary="List corrections")
def list_corrections(
    wanted: Annotated[CorrectionQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsReadings,
    session: SessionDep,
) -> Sequence[Correction]:
    """List what was corrected, by whom and why, and whether it was undone."""
    return linked(request, response, corrected.page(session, wanted))


@router.post("/preview", responses=answers(NotFound, Conflict), summary="Preview a correction")
def preview(
    _writes: WritesReadings, asking: PrincipalDep, new: NewCorrection, session: SessionDep
) -> Preview:
    """Tell how many readings a correction would change, and which hours; nothing changes."""
    asking.check_push({SeriesKey.parse(new.series).sensor})
    take_long(session)
    return corrections.preview(session, new)


@router.post("", status_code=201, responses=answers(NotFound, Conflict), summary="Correct readings")
def make(
    _writes: WritesReadings,
    asking: PrincipalDep,
    new: NewCorrection,
    session: SessionDep,
    refresher: RefresherDep,
    after: BackgroundTasks,
) -> Correction:
    """Void, set, shift in time or rescale the readings of a series where a condition holds.

    Aggregates, scores and what forecasts learn from follow. Who sends again what was corrected
    changes nothing. It can be undone as long as the readings are kept.
    """
    asking.check_push({SeriesKey.parse(new.series).sensor})
    take_long(session)
    made = corrections.make(session, new)
    after.add_task(refresher.note)
    return made


@router.get("/{id}", responses=answers(NotFound), summary="Get a correction")
def get_correction(id: Id, _reads: ReadsReadings, session: SessionDep) -> Correction:
    """Tell what was corrected, by whom and why, and whether it was undone."""
    return corrected.get(session, id)


@router.post("/{id}/undo", responses=answers(NotFound, Conflict), summary="Undo a correction")
def undo(
    _writes: WritesReadings,
    asking: PrincipalDep,
    id: Id,
    session: SessionDep,
    refresher: RefresherDep,
    after: BackgroundTasks,
) -> Correction:
    """Put the readings back as they were, unless they have changed since."""
    asking.check_push({SeriesKey.parse(corrected.get(session, id).series).sensor})
    take_long(session)
    undone = undoing.undo(session, id)
    after.add_task(refresher.note)
    return undone


@router.get(
    "/{id}/readings",
    responses=PAGED | answers(NotFound),
    summary="List what a correction has changed",
)
def list_corrected(
    id: Id,
    wanted: Annotated[CorrectedQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsReadings,
    session: SessionDep,
) -> Sequence[CorrectedReading]:
    """List readings as they were before, as they are after, and as they were first sent."""
    return linked(request, response, corrected.readings_of(session, id, wanted))
