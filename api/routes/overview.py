"""The whole twin at a glance."""

from datetime import UTC, datetime

from fastapi import APIRouter

from api.dependencies import SessionDep
from api.security import ReadsReadings
from dtbase.domain.glance.overview import Overview
from dtbase.storage.glance import overview

router = APIRouter(prefix="/overview", tags=["glance"])


@router.get("", summary="Show the twin at a glance")
def show_overview(_reads: ReadsReadings, session: SessionDep) -> Overview:
    """Show every series with its last value, its day, and what is unusual about it.

    A series is silent once it has missed its own rhythm; outside when its last value lies outside
    what its forecast foretold; stuck when it stands still and never does so. Beside them stand the
    locations, and how the queue, the schedules and the models do. What it costs depends on how many
    series there are, and not on how much is stored of them.
    """
    return overview.find(session, datetime.now(UTC))
