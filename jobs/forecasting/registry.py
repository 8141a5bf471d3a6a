"""The models that this program can run, by name."""

from dataclasses import dataclass
from datetime import datetime

from dtbase.domain.forecasts.runs import RECOMMENDED
from jobs.forecasting import arima, dmd, pool
from jobs.forecasting.family import Family
from jobs.forecasting.forecast import forecast
from jobs.forecasting.outcome import Options, Outcome
from jobs.forecasting.prepare import Floats


@dataclass(frozen=True)
class Forecaster:
    """A family with what one may choose of it; call it to forecast one series."""

    description: str
    options: type[Options]
    family: Family

    def __call__(
        self,
        times: Floats,
        values: Floats,
        horizon: int,
        issued_at: datetime,
        options: Options | None = None,
    ) -> Outcome:
        """Forecast `horizon` steps after `issued_at`; never raises on bad data.

        Plain Options become the family's own, with its defaults for the rest.
        """
        given = options or self.options()
        if not isinstance(given, self.options):
            given = self.options.model_validate(dict(given))
        return forecast(self.family, times, values, horizon, issued_at, given)


FORECASTERS: dict[str, Forecaster] = {
    "pool": Forecaster(
        description="Autoregressions, weighted by how well each did of late at each lead time.",
        options=pool.PoolOptions,
        family=pool.roll,
    ),
    "arima": Forecaster(
        description="Daily and weekly cycles with seasonal ARIMA errors, of the orders you choose.",
        options=arima.ArimaOptions,
        family=arima.roll,
    ),
    "dmd": Forecaster(
        description="Higher-order dynamic mode decomposition: oscillating modes of the last weeks.",
        options=dmd.DmdOptions,
        family=dmd.roll,
    ),
}
"""What each one answers, and what one may choose of it, by name; the pool is the default."""

DEFAULT = RECOMMENDED
