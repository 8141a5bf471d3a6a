"""The demo's replay as a service."""

from datetime import UTC, datetime, timedelta

from pydantic import Field

from dtbase.services import Context, Parameters, Service
from dtbase.storage.database import get_engine
from dtbase.storage.readings import rollups


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
        from jobs.demo import stations
        from jobs.demo.load import catch_up
        from jobs.services.forecast import start_runs

        for end, counts in catch_up(datetime.now(UTC)):
            context.log(f"up to {end:%Y-%m-%d %H:%M}Z: {counts.inserted} new readings")
        rollups.refresh(get_engine())
        if parameters.forecasts:
            for model in stations.MODELS:
                start_runs(model.name, stations.FORECASTS, stations.HORIZON)
