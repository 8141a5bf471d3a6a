"""The fallback where there is too little history to learn from."""

import numpy as np

from jobs.forecasting.candidates import last_value, seasonal_mean
from jobs.forecasting.prepare import Floats
from jobs.forecasting.view import View


def predict(view: View) -> tuple[Floats, Floats]:
    """Repeat the last day, else the last value: mean and standard deviation, (leads,) each.

    The deviation is that of days from one another, and grows with each day ahead.
    """
    repeated = seasonal_mean(view, view.season, 1)[-1]
    mean = np.where(np.isfinite(repeated), repeated, last_value(view)[-1])
    values, season = view.grid.values, view.season
    change = values[season:] - values[:-season]
    known = change[np.isfinite(change)]
    if len(known) < season // 2 or not np.any(known):
        known = values[np.isfinite(values)] - np.nanmean(values)
    spread = float(np.sqrt(np.mean(known**2)))
    return mean, spread * np.sqrt(1 + np.arange(view.leads) // season)
