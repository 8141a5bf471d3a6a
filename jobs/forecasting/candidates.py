"""The simple predictors of the pool: repeat, or average, what was at the same time of day."""

import numpy as np

from jobs.forecasting.prepare import Floats
from jobs.forecasting.view import View


def seasonal_mean(view: View, season: int, count: int) -> Floats:
    """Predict by the mean of the newest `count` values a whole number of seasons before.

    `season` is in bins; answers (o, leads), NaN where nothing is that old. With a count of one
    it is the seasonal naive.
    """
    totals = np.zeros(view.ahead.shape)
    counts = np.zeros(view.ahead.shape)
    origins = view.origins[:, None]
    newest = len(view.filled) - 1
    turns = count + -(-view.leads // season)
    for turn in range(1, turns + 1):
        places = view.before(turn * season)[view.ahead]
        usable = (places <= origins) & (places >= 0) & (counts < count)
        totals += np.where(usable, view.filled[np.clip(places, 0, newest)], 0.0)
        counts += usable
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(counts > 0, totals / counts, np.nan))


def last_value(view: View) -> Floats:
    """Predict by the newest value, (o, leads)."""
    return np.repeat(view.filled[view.origins][:, None], view.leads, axis=1)
