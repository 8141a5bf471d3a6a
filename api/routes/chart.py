"""What a chart shows, in one call."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import SessionDep
from api.security import ReadsReadings
from dtbase.domain.glance.chart import Chart, ChartQuery
from dtbase.storage.glance import chart

router = APIRouter(prefix="/chart", tags=["glance"])


@router.get("", summary="Show all that a chart draws")
def show_chart(
    wanted: Annotated[ChartQuery, Query()], _reads: ReadsReadings, session: SessionDep
) -> Chart:
    """Show what was measured and what is believed of many lines, at one resolution.

    Of numbers there are buckets, or single readings where they are few; of states (booleans and
    texts) the times at which they change. A line that cannot be shown is named with the reason,
    and the others are there. With `shift` each line has also what was measured that long before.
    """
    return chart.find(session, wanted, datetime.now(UTC))
