"""What is set aside: listed, believed after all, or dropped for good."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Query, Request, Response
from sqlalchemy.orm import Session

from api.dependencies import RefresherDep, SessionDep
from api.paging import PAGED, linked
from api.security import PrincipalDep, ReadsReadings, WritesReadings
from dtbase.domain.readings.set_aside import (
    AsideCounts,
    AsideFilter,
    Choice,
    Dropped,
    SetAside,
    SetAsideQuery,
    TakenIn,
)
from dtbase.storage.database import take_long
from dtbase.storage.readings import aside_counts, taking_in

router = APIRouter(prefix="/set-aside", tags=["quality"])

DryRun = Annotated[bool, Query(description="Tell what would happen, and change nothing.")]


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


@router.get("/counts", summary="Count what is set aside")
def count_set_aside(
    wanted: Annotated[AsideFilter, Query()], _reads: ReadsReadings, session: SessionDep
) -> AsideCounts:
    """Tell how many readings each rule has set aside, and of which series most."""
    return aside_counts.counts(session, wanted)


@router.post("/take-in", summary="Believe what is set aside")
def take_in(
    _writes: WritesReadings,
    asking: PrincipalDep,
    choice: Choice,
    session: SessionDep,
    refresher: RefresherDep,
    after: BackgroundTasks,
    dry_run: DryRun = False,
) -> TakenIn:
    """Move readings among the readings, by rule, series and time; rules leave them alone then.

    A reading that stands at the same time stays. At most 100,000 are moved at once.
    """
    take_long(session)
    with trying(session, dry_run=dry_run):
        found = taking_in.take_in(session, choice, asking.check_push)
    after.add_task(refresher.note)
    return found


@router.post("/drop", summary="Drop what is set aside")
def drop(
    _writes: WritesReadings,
    asking: PrincipalDep,
    choice: Choice,
    session: SessionDep,
    dry_run: DryRun = False,
) -> Dropped:
    """Drop readings that are set aside for good, by rule, series and time."""
    take_long(session)
    with trying(session, dry_run=dry_run):
        return taking_in.drop(session, choice, asking.check_push)


@contextmanager
def trying(session: Session, *, dry_run: bool) -> Iterator[None]:
    """Do what the block does, and take it back if it is only tried."""
    savepoint = session.begin_nested()
    yield
    if dry_run:
        savepoint.rollback()
    else:
        savepoint.commit()
