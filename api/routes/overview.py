"""The whole twin at a glance, and one series as its models see it."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import SessionDep
from api.openapi import answers
from api.security import ReadsReadings, ReadsRuns
from dtbase.domain.glance.outlook import Outlook, OutlookQuery
from dtbase.domain.glance.overview import Overview
from dtbase.domain.glance.sensor_now import SensorNow
from dtbase.domain.names import Identifier
from dtbase.domain.timeranges import zone
from dtbase.errors import NotFound
from dtbase.storage.glance import outlook, overview, sensor_now

router = APIRouter(tags=["glance"])


@router.get("/overview", summary="Show the twin at a glance")
def show_overview(_reads: ReadsReadings, session: SessionDep) -> Overview:
    """Show every series with its last value, its day, and what is unusual about it.

    A series is silent once it has missed its own rhythm (while its sensor reports it may pause as
    long as it often does, and what comes only at times, such as gusts, never is); outside when its
    last value lies outside what its forecast foretold; stuck when it stands still as it never does.
    Beside them stand the locations, and how the queue, the schedules and the models do. What it
    costs depends on how many series there are, and not on how much is stored of them.
    """
    return overview.find(session, datetime.now(UTC))


@router.get(
    "/sensors/{identifier}/now",
    responses=answers(NotFound),
    summary="Show a sensor with the months behind it",
)
def show_sensor_now(
    _reads: ReadsReadings,
    identifier: Identifier,
    session: SessionDep,
    timezone: Annotated[str, Query(description="The IANA zone of the days.")] = "UTC",
) -> SensorNow:
    """Show the last value of each series, its day, the counts of 90 days, and where it stood."""
    return sensor_now.find(session, identifier, zone(timezone), datetime.now(UTC))


@router.get("/outlook", responses=answers(NotFound), summary="Show how a series is forecast")
def show_outlook(
    wanted: Annotated[OutlookQuery, Query()], _reads: ReadsRuns, session: SessionDep
) -> Outlook:
    """Show the models of a series by their scores, the champion and why, runs and backtests."""
    return outlook.find(session, wanted)
