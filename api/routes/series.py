"""Series: one measure of one sensor over time."""

from collections.abc import Sequence

from fastapi import APIRouter

from api.dependencies import SessionDep
from api.security import ReadsReadings, ReadsRegistry
from dtbase.domain.series import LatestReading, Series
from dtbase.storage import series

router = APIRouter(prefix="/series", tags=["series"])


@router.get("", summary="List series")
def list_series(_reads: ReadsRegistry, session: SessionDep) -> Sequence[Series]:
    """List every series with its unit, datatype and place."""
    return series.list(session)


@router.get("/latest", summary="Show the last value of every series")
def list_latest(_reads: ReadsReadings, session: SessionDep) -> Sequence[LatestReading]:
    """Show the last value of every series; a series without readings has none."""
    return series.latest(session)
