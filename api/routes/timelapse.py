"""A place over time."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import SessionDep
from api.openapi import answers
from api.security import ReadsReadings
from dtbase.domain.glance.timelapse import Timelapse, TimelapseQuery
from dtbase.domain.names import Identifier
from dtbase.errors import NotFound
from dtbase.storage.glance import timelapse

router = APIRouter(tags=["glance"])


@router.get("/timelapse", summary="Show all places over time")
def show_timelapse_of_all(
    wanted: Annotated[TimelapseQuery, Query()], _reads: ReadsReadings, session: SessionDep
) -> Timelapse:
    """Show all series of a measure whose sensors stand at any location, as for one location."""
    return timelapse.find(session, None, wanted, datetime.now(UTC))


@router.get(
    "/locations/{identifier}/timelapse",
    responses=answers(NotFound),
    summary="Show a place over time",
)
def show_timelapse(
    identifier: Identifier,
    wanted: Annotated[TimelapseQuery, Query()],
    _reads: ReadsReadings,
    session: SessionDep,
) -> Timelapse:
    """Show all series of a measure in a location, step by step: measured, and as forecast.

    They are those whose sensors stand in it now, or are pinned to its floor plan, whatever number
    they measure. Each step has the mean, of totals and meters what came; forecasts are the newest.
    """
    return timelapse.find(session, identifier, wanted, datetime.now(UTC))
