"""The demo's replay as a service."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pydantic import Field

from dtbase import queue
from dtbase.domain.services.service_runs import Delivery
from dtbase.domain.services.services import FORECAST
from dtbase.services import Context, Parameters, Service
from dtbase.storage.database import get_engine, transaction
from dtbase.storage.readings import rollups
from dtbase.storage.services import asking, service_runs
from jobs.services.forecast import ForecastParameters


class ReplayParameters(Parameters):
    """What else to do."""

    forecasts: bool = Field(False, description="Forecast the demo anew on all its hours.")


class ReplayDemo(Service[ReplayParameters]):
    """Push the demo's hours that have come since the last time."""

    retries = 2
    backoff = timedelta(seconds=20)
    concurrency = 1

    def run(self, parameters: ReplayParameters, context: Context) -> None:
        """Catch up, then forecast: after a long pause the hours would not be there yet."""
        from jobs.demo.load import catch_up

        for end, counts in catch_up(datetime.now(UTC)):
            context.log(f"up to {end:%Y-%m-%d %H:%M}Z: {counts.inserted} new readings")
        rollups.refresh(get_engine())
        if parameters.forecasts:
            queue.offer(asked_forecasts())


def asked_forecasts() -> Sequence[Delivery]:
    """Ask for forecasts of the demo's series by each of its models."""
    from jobs.demo import stations

    wanted = [
        ForecastParameters(
            model=model.name, series=list(stations.FORECASTS), horizon=stations.HORIZON
        )
        for model in stations.MODELS
    ]
    with transaction() as session:
        asked = [asking.run_of(session, FORECAST, each.model_dump(mode="json")) for each in wanted]
        return service_runs.deliveries(session, asked)
