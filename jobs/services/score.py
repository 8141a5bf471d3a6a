"""Scoring as a service."""

from datetime import timedelta

from dtbase.services import Context, NoParameters, QueueName, Service
from dtbase.storage import values
from dtbase.storage.database import get_engine
from jobs.scoring.follow import follow_up


class Score(Service[NoParameters]):
    """Score what runs have predicted against what was read since; note drift, promote models."""

    queue = QueueName.MAINTENANCE
    timeout = timedelta(hours=1)
    retries = 1
    backoff = timedelta(seconds=10)
    concurrency = 1

    def run(self, parameters: NoParameters, context: Context) -> None:
        """Do all of it; every part can be repeated."""
        scored = 0
        for count in values.score_all(get_engine()):
            scored += count
            context.progress(scored)
        found = follow_up(context.now)
        context.log(
            f"{scored} predictions scored, {found.drifting} models drifting, "
            f"{found.promoted} promoted"
        )
