"""Storing aggregates anew as a service: after a change of what numbers mean, or when asked."""

from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta

from pydantic import Field

from dtbase.domain.registry.series import SeriesKey
from dtbase.services import Context, Parameters, QueueName, Service
from dtbase.storage.database import get_engine, transaction
from dtbase.storage.readings import rebuilding
from dtbase.storage.registry import measures
from dtbase.storage.registry import series as series_storage


class RebuildParameters(Parameters):
    """Of which series the hours and days are stored anew."""

    series: list[str] = Field([], description="sensor/measure, once for each; by default all.")
    again: bool = Field(
        False, description="Every hour of these, and not only those that have changed; name series."
    )


class Rebuild(Service[RebuildParameters]):
    """Store the hours and days of series anew, as their numbers mean something else now."""

    queue = QueueName.MAINTENANCE
    timeout = timedelta(hours=6)
    retries = 3
    backoff = timedelta(seconds=10)

    def run(self, parameters: RebuildParameters, context: Context) -> None:
        """Store what is pending; what a run that ended early has stored stays."""
        ids = self.chosen(parameters)
        wanted = rebuilding.waiting(get_engine(), ids)
        total = rebuilding.left_of(get_engine(), wanted)
        of = "all series" if ids is None else f"{len(ids)} series"
        context.log(f"{total} hours of {of} are to be stored anew")
        with closing(rebuilding.storing(get_engine(), wanted)) as looks:
            for left in looks:
                total = max(total, left)
                context.progress(total - left, total)
        context.progress(total, total)
        context.log("All are stored")

    def chosen(self, parameters: RebuildParameters) -> Sequence[int] | None:
        """Return the series that are named; every hour of them is logged where that is asked."""
        if not parameters.series:
            return None
        with transaction() as session:
            keys = [SeriesKey.parse(name) for name in dict.fromkeys(parameters.series)]
            ids = [each.id for each in series_storage.resolve(session, keys)]
            if parameters.again:
                measures.log_hours(session, ids)
        return ids
