"""What readings amount to."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import SessionDep
from api.openapi import answers
from api.security import ReadsReadings
from dtbase.domain.values.statistics import Summary, SummaryQuery
from dtbase.errors import NotFound
from dtbase.storage import values
from dtbase.storage.database import take_long

router = APIRouter(prefix="/statistics", tags=["readings"])


@router.get("", responses=answers(NotFound), summary="Sum up readings")
def show_statistics(
    wanted: Annotated[SummaryQuery, Query()], _reads: ReadsReadings, session: SessionDep
) -> Sequence[Summary]:
    """Tell mean, extremes, quantiles, total, deviation and completeness of each series in a range.

    They are those of the readings themselves, not of buckets. Where retention has dropped readings
    the hours that are left tell count, mean, extremes and total, and the others are null.
    """
    take_long(session)
    return values.summarise(session, wanted, datetime.now(UTC))
