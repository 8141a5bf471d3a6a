"""What is measured: our models and what they are held against, behind one shape."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bench.forecast_data import HORIZON, Case
from jobs.forecasting.prepare import Floats
from jobs.forecasting.registry import FORECASTERS
from jobs.forecasting.scores import Bounds

LEVELS = (80.0, 95.0)
DAY = 24
WEEK = 168


@dataclass(frozen=True)
class Answer:
    """A forecast: values, and bounds where the method has any."""

    values: Floats
    bounds: tuple[Bounds, ...] = ()


Method = Callable[[Case], Answer]


def ours(name: str, **chosen: object) -> Method:
    """Return one of our own models."""
    forecaster = FORECASTERS[name]

    def forecast(case: Case) -> Answer:
        options = forecaster.options.model_validate({"minimum": case.series.floor, **chosen})
        times, values = case.readings()
        found = forecaster(times, values, HORIZON, case.issued_at, options).forecast
        assert found is not None
        bounds = [
            Bounds(each.level, np.array(each.lower), np.array(each.upper))
            for each in found.intervals
        ]
        return Answer(np.array(found.values), tuple(bounds))

    return forecast


def last_value(case: Case) -> Answer:
    """Repeat the last value."""
    return Answer(np.full(HORIZON, known(case.history)[-1]))


def seasonal(season: int) -> Method:
    """Return the seasonal naive: the same hour of the last day or week."""

    def forecast(case: Case) -> Answer:
        newest = filled(case.history)[-season:]
        return Answer(np.resize(newest, HORIZON))

    return forecast


def sarimax(case: Case) -> Answer:
    """Fit the original's SARIMAX(4,1,2)(1,1,0,24) as the original did, by statsmodels."""
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = SARIMAX(filled(case.history), order=(4, 1, 2), seasonal_order=(1, 1, 0, 24))
        found = model.fit(disp=0).get_forecast(HORIZON)
    bounds = []
    for level in LEVELS:
        edges = np.asarray(found.conf_int(alpha=1 - level / 100))
        bounds.append(Bounds(level, edges[:, 0], edges[:, 1]))
    return Answer(np.asarray(found.predicted_mean), tuple(bounds))


def boosted_trees(case: Case) -> Answer:
    """Fit scikit-learn's gradient boosting: one model for all leads, on lags and the hour."""
    from sklearn.ensemble import HistGradientBoostingRegressor

    history = filled(case.history)
    origins = np.arange(WEEK, len(history) - HORIZON, 3)
    features = np.vstack([rows(history, int(origin)) for origin in origins])
    targets = np.concatenate([history[o + 1 : o + 1 + HORIZON] - history[o] for o in origins])
    model = HistGradientBoostingRegressor(loss="absolute_error", max_iter=150, random_state=1)
    model.fit(features, targets)
    last = len(history) - 1
    return Answer(model.predict(rows(history, last)) + history[last])


def rows(history: Floats, origin: int) -> Floats:
    """Return the features of each lead from an origin: recent changes, same hours, the hour."""
    leads = np.arange(1, HORIZON + 1)
    now = history[origin]
    recent = np.array([history[origin - lag] - now for lag in (1, 2, 3, 6, 12, 24)])
    same = [history[origin + leads - days * DAY - DAY * (leads > days * DAY)] for days in (1, 2, 7)]
    hours = (origin + leads) % DAY
    return np.column_stack(
        [leads, hours, np.tile(recent, (HORIZON, 1)), *(each - now for each in same)]
    )


def known(values: Floats) -> Floats:
    return values[~np.isnan(values)]


def filled(values: Floats) -> Floats:
    """Return a history without gaps, for methods that bear none: straight lines across."""
    places = np.flatnonzero(~np.isnan(values))
    return np.interp(np.arange(len(values)), places, values[places])


QUICK: dict[str, Method] = {
    "pool (the default)": ours("pool"),
    "arima, its defaults": ours("arima"),
    "dmd": ours("dmd"),
    "seasonal naive, a day": seasonal(DAY),
    "seasonal naive, a week": seasonal(WEEK),
    "last value": last_value,
}
"""What is measured at every origin."""

SLOW: dict[str, Method] = {
    "SARIMAX(4,1,2)(1,1,0,24) of statsmodels": sarimax,
    "the same orders by our arima": ours(
        "arima", order=(4, 1, 2), seasonal_order=(1, 1, 0, 24), daily=0, weekly=0, trend="n"
    ),
    "gradient boosting of scikit-learn": boosted_trees,
}
"""What is measured at few origins, for the time it takes."""
