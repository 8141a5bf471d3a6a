"""What follows from new scores: drift is noted, and better models are promoted."""

from datetime import datetime

from dtbase.domain.frozen import Frozen
from dtbase.storage.database import transaction
from dtbase.storage.forecasts import champions, drift
from jobs.scoring.rules import (
    DRIFT_WINDOW,
    FEWEST_RUNS,
    MATCH_WINDOW,
    judge,
    promotions,
)


class Followed(Frozen):
    """How many models have drifted on a series, and how many were promoted."""

    drifting: int
    promoted: int


def follow_up(now: datetime) -> Followed:
    """Look at the live runs of the last weeks; it can be repeated."""
    with transaction() as session:
        judged = [judge(each) for each in drift.recent(session, now - DRIFT_WINDOW)]
        drift.store(session, judged)
        found = promotions(champions.matches(session, now - MATCH_WINDOW, FEWEST_RUNS))
        champions.promote(session, found)
    drifting = sum(each.reason is not None for each in judged)
    return Followed(drifting=drifting, promoted=len(found))
