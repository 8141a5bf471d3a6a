"""Services that keep the twin's storage in order."""

from datetime import UTC, datetime, timedelta

from dtbase.services import Context, NoParameters, QueueName, Service
from dtbase.settings import get_settings
from dtbase.storage.database import get_engine, transaction
from dtbase.storage.readings import asides, lifecycle, looking, rejudging, rollups
from dtbase.storage.services import service_runs

KEEP_RUNS = timedelta(days=90)
MOST_RUNS = 5_000
"""How long the history of services' runs goes back, and how many runs of each service."""


class RefreshAggregates(Service[NoParameters]):
    """Judge again what rules have changed for, and bring the aggregates up to date."""

    queue = QueueName.MAINTENANCE
    retries = 1
    backoff = timedelta(seconds=10)
    concurrency = 1

    def run(self, parameters: NoParameters, context: Context) -> None:
        """Judge what is to be judged, series by series, and store what is pending."""
        for name in rejudging.rejudge_all():
            context.log(f"{name} judged again by its rules")
            rollups.refresh(get_engine())
        rollups.refresh(get_engine())
        for name in looking.look_all():
            context.log(f"{name} looked at between its neighbours")
        with transaction() as session:
            asides.add_up(session)


class MaintainStorage(Service[NoParameters]):
    """Drop what nobody keeps any more, compress what is old, forget old runs of services."""

    queue = QueueName.FORECAST
    """It may take hours, so it stands with what can wait."""
    timeout = timedelta(hours=12)
    retries = 1
    concurrency = 1

    def run(self, parameters: NoParameters, context: Context) -> None:
        """Do all of it; every part can be repeated."""
        now = datetime.now(UTC)
        after = timedelta(days=get_settings().compress_after_days)
        left = lifecycle.maintain(get_engine(), now, after)
        if left:
            context.log(f"{left} chunks are written to all the time; they are left for next time")
        with transaction() as session:
            pruned = service_runs.prune(session, now - KEEP_RUNS, MOST_RUNS)
        context.log(f"{pruned} old runs of services deleted")
