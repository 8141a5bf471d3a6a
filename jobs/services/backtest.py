"""Backtests as a service."""

from datetime import timedelta

from dtbase.domain.forecasts.backtests import Backtest, NewBacktest
from dtbase.domain.names import Identifier
from dtbase.services import Context, QueueName, Service
from dtbase.storage.database import transaction
from dtbase.storage.forecasts import backtests


class BacktestParameters(NewBacktest):
    """A backtest, and of which model."""

    model: Identifier


class BacktestService(Service[BacktestParameters]):
    """Try a model on a past window, as if the future had not been known."""

    queue = QueueName.FORECAST
    timeout = timedelta(hours=1)
    retries = 1
    backoff = timedelta(seconds=10)

    def run(self, parameters: BacktestParameters, context: Context) -> None:
        """Forecast from each origin, and store what that has shown."""
        from jobs.backtests import find

        asked = planned(parameters, context.run_id)
        if asked.status.ended:  # by a try that could not tell of its end
            return
        named = parameters.sensor
        found = find(asked, context, None if named == asked.target.sensor else named)
        with transaction() as session:
            backtests.finish(session, asked.id, found)


def planned(parameters: BacktestParameters, service_run: int) -> Backtest:
    """Return what this run is to find, noted by whoever asked for it, or else now."""
    with transaction() as session:
        known = backtests.of_service_run(session, service_run)
        if known is not None:
            return known
        new = NewBacktest.model_validate(parameters.model_dump(exclude={"model"}))
        return backtests.create(session, parameters.model, new, service_run)
