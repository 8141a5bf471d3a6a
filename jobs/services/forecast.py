"""Forecasts of many series as a service: it asks for a run of a model for each."""

from collections.abc import Sequence

from pydantic import Field, JsonValue

from dtbase import queue
from dtbase.domain.runs import NewRun
from dtbase.domain.series import SeriesKey
from dtbase.services import Context, Parameters, QueueName, Service
from dtbase.storage import runs
from dtbase.storage.database import transaction


class ForecastParameters(Parameters):
    """What to forecast."""

    model: str
    series: list[str] = Field(min_length=1, description="sensor/measure, once for each.")
    horizon: int = Field(48, ge=1, le=20_160, description="Steps of the series' cadence.")
    scenario: str = "default"
    parameters: dict[str, JsonValue] = {}


class Forecast(Service[ForecastParameters]):
    """Ask for a run of a model for each of some series."""

    queue = QueueName.MAINTENANCE

    def run(self, parameters: ForecastParameters, context: Context) -> None:
        """Queue the runs; forecasts are made by the workers of the queue forecast."""
        started = start_runs(**dict(parameters))
        context.log(f"runs {started[0]} to {started[-1]} are queued")


def start_runs(
    model: str,
    series: Sequence[str],
    horizon: int,
    scenario: str = "default",
    parameters: dict[str, JsonValue] | None = None,
) -> Sequence[int]:
    """Queue one run of a model for each of some series, and return them."""
    keys = [SeriesKey.parse(name) for name in series]
    with transaction() as session:
        new = [
            runs.create(
                session,
                model,
                NewRun(
                    sensor=key.sensor,
                    measure=key.measure,
                    horizon=horizon,
                    scenario=scenario,
                    parameters=parameters or {},
                ),
            )
            for key in keys
        ]
    for run in new:
        queue.enqueue_run(run.id)
    return [run.id for run in new]
