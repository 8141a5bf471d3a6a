"""Series: one measure of one sensor over time."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from api.dependencies import SessionDep
from api.paging import PAGED, linked
from api.security import ReadsReadings, ReadsRegistry
from dtbase.domain.registry.series import LatestReading, Series, SeriesQuery
from dtbase.storage import values
from dtbase.storage.registry import series

router = APIRouter(prefix="/series", tags=["series"])


@router.get("", responses=PAGED, summary="List series")
def list_series(
    wanted: Annotated[SeriesQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsRegistry,
    session: SessionDep,
) -> Sequence[Series]:
    """List the series that fit, each with its unit, datatype and place, a page at a time."""
    return linked(request, response, series.page(session, wanted))


@router.get("/latest", responses=PAGED, summary="Show the last value of each series")
def list_latest(
    wanted: Annotated[SeriesQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsReadings,
    session: SessionDep,
) -> Sequence[LatestReading]:
    """Show the last value of each series that fits, a page at a time; one without readings too.

    It tells of raw readings only: time and value are null where retention has dropped them all.
    """
    return linked(request, response, values.latest_page(session, wanted))
