"""The series that forecasts are measured on: the demo's, and where in them forecasts are issued."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import numpy as np

from jobs.demo.weather import COLUMNS, read
from jobs.forecasting.prepare import DAY, Floats

HOUR = 3600.0
START = datetime(2013, 1, 1, tzinfo=UTC).timestamp()
MEASURES = ("temperature", "humidity", "pressure", "wind_speed")
WINDOW = 60 * 24
HORIZON = 48
LAST_DAYS = 60


@dataclass(frozen=True)
class Series:
    """One hourly series of a year; NaN where nothing was read."""

    name: str
    values: Floats

    @property
    def floor(self) -> float | None:
        """Return the least possible value, where there is one."""
        return None if self.name.endswith("temperature") else 0.0


@dataclass(frozen=True)
class Case:
    """One forecast to make: what is known, and what came then."""

    series: Series
    end: int

    @property
    def issued_at(self) -> datetime:
        """Return when it is issued: a second after the last hour that is known."""
        return datetime.fromtimestamp(START, UTC) + timedelta(hours=self.end - 1, seconds=1)

    @property
    def history(self) -> Floats:
        """Return the last 60 days that are known, hour by hour."""
        return self.series.values[self.end - WINDOW : self.end]

    @property
    def truth(self) -> Floats:
        """Return what came in the next 48 hours."""
        return self.series.values[self.end : self.end + HORIZON]

    def readings(self) -> tuple[Floats, Floats]:
        """Return times (epoch seconds) and values of what was read."""
        known = np.flatnonzero(~np.isnan(self.history))
        times = START + HOUR * (self.end - WINDOW + known)
        return np.asarray(times, dtype=np.float64), self.history[known]

    @property
    def scale(self) -> float:
        """Return the seasonal naive's mean absolute error within the history, for MASE."""
        return float(np.nanmean(np.abs(self.history[24:] - self.history[:-24])))


def demo_series() -> list[Series]:
    """Return the twelve series: three stations, four measures."""
    return [
        Series(f"{station}/{measure}", year[:, COLUMNS.index(measure)])
        for station, year in sorted(read().items())
        for measure in MEASURES
    ]


def cases(stride_hours: int) -> list[Case]:
    """Return a forecast of each series from every origin of the last 60 days of the data.

    A case whose last hour was not read is issued all the same; one whose next two days were not
    read at all is left out.
    """
    found = []
    for series in demo_series():
        length = len(series.values)
        first = length - LAST_DAYS * 24
        for end in range(first, length - HORIZON + 1, stride_hours):
            case = Case(series, end)
            if not np.isnan(case.truth).all():
                found.append(case)
    return found


def other_readings(cadence: float, days: float, seed: int = 1) -> tuple[Floats, Floats]:
    """Return a made series of any cadence: a day's and a week's cycle with noise that lasts."""
    random = np.random.default_rng(seed)
    times = START + cadence * np.arange(int(days * DAY / cadence))
    noise = random.standard_normal(len(times))
    decay = np.exp(-cadence / (6 * HOUR))
    for place in range(1, len(noise)):
        noise[place] = decay * noise[place - 1] + np.sqrt(1 - decay**2) * noise[place]
    day, week = 2 * np.pi * times / DAY, 2 * np.pi * times / (7 * DAY)
    values = 20 + 4 * np.sin(day) + 2 * np.sin(week) + noise
    return np.asarray(times, dtype=np.float64), np.asarray(values, dtype=np.float64)
