"""What is set aside: listed, believed after all, or dropped for good."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Query, Request, Response

from api.dependencies import RefresherDep, SessionDep
from api.paging import PAGED, linked
from api.security import PrincipalDep, ReadsReadings, WritesReadings
from dtbase.domain.readings.set_aside import Choice, Dropped, SetAside, SetAsideQuery, TakenIn
from dtbase.storage.database import take_long
from dtbase.storage.readings import taking_in

router = APIRouter(prefix="/set-aside", tags=["quality"])


@router.get("", responses=PAGED, summary="List what is set aside")
def list_set_aside(
    wanted: Annotated[SetAsideQuery, Query()],
    request: Request,
    response: Response,
    _reads: ReadsReadings,
    session: SessionDep,
) -> Sequence[SetAside]:
    """List readings that are not believed, as they were sent, with the rule they break."""
    return linked(request, response, taking_in.page(session, wanted))


@router.post("/take-in", summary="Believe what is set aside")
def take_in(
    _writes: WritesReadings,
    asking: PrincipalDep,
    choice: Choice,
    session: SessionDep,
    refresher: RefresherDep,
    after: BackgroundTasks,
) -> TakenIn:
    """Move readings among the readings, by rule, series and time; rules leave them alone then.

    A reading that stands at the same time stays. At most 100,000 are moved at once.
    """
    take_long(session)
    found = taking_in.take_in(session, choice, asking.check_push)
    after.add_task(refresher.note)
    return found


@router.post("/drop", summary="Drop what is set aside")
def drop(
    _writes: WritesReadings, asking: PrincipalDep, choice: Choice, session: SessionDep
) -> Dropped:
    """Drop readings that are set aside for good, by rule, series and time."""
    take_long(session)
    return taking_in.drop(session, choice, asking.check_push)
