"""How complete and how good series are."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import SessionDep
from api.openapi import answers
from api.security import ReadsReadings
from dtbase.domain.readings.quality import QualityQuery, SeriesQuality
from dtbase.errors import NotFound
from dtbase.storage import values

router = APIRouter(prefix="/quality", tags=["quality"])


@router.get("", responses=answers(NotFound), summary="Show how complete and good series are")
def get_quality(
    wanted: Annotated[QualityQuery, Query()], _reads: ReadsReadings, session: SessionDep
) -> Sequence[SeriesQuality]:
    """Tell of series, month by month, completeness, flags and the longest silence.

    It is taken of hours and of counts of flags, which outlive raw readings.
    """
    return values.quality_of(session, wanted, datetime.now(UTC))
