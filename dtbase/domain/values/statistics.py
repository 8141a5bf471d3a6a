"""What the readings of a range amount to, told of the readings themselves."""

from datetime import datetime, timedelta

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from dtbase.domain.frozen import Frozen
from dtbase.domain.readings.batches import Times
from dtbase.domain.readings.columns import Numbers, mean_direction
from dtbase.domain.registry.measures import Statistic
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.registry.statistics import METERS
from dtbase.domain.timeranges import AwareTime

MOST_SERIES = 50
MANY = 20
NEARLY = 0.1
FEW_REGULAR = 0.5
LONGER = 3.0
OFTEN = 0.02
"""Readings on change come in bursts, and rest most of the time between them; a gap is seldom."""

RARELY = 3
"""Of fewer readings nobody can say how often they should come."""


class SummaryQuery(Frozen):
    """Of which series, and over which range; it is half-open, [start, end)."""

    series: list[str] = Field(
        min_length=1, max_length=MOST_SERIES, description="sensor/measure, once for each series"
    )
    start: AwareTime
    end: AwareTime
    earlier_start: AwareTime | None = Field(
        None, description="Of each series also the figures of as long a range that begins here."
    )


class Summary(Frozen):
    """The figures of one series; a figure is null where it makes no sense or is not known."""

    sensor: str
    measure: str
    unit: str | None
    statistic: Statistic
    count: int = Field(description="How many readings there are.")
    mean: float | None = Field(None, description="Of a direction the mean direction.")
    min: float | None = None
    min_at: datetime | None = None
    p5: float | None = Field(None, description="The 5 % quantile.")
    median: float | None = None
    p95: float | None = None
    max: float | None = None
    max_at: datetime | None = None
    total: float | None = Field(None, description="The sum; of a counter what it gained.")
    deviation: float | None = Field(None, description="The standard deviation (of the sample).")
    complete: float | None = Field(
        None, description="The share of the readings that should be there by their own cadence."
    )
    every: float | None = Field(None, description="The cadence in seconds: the usual distance.")
    offered: Statistic | None = Field(
        None, description="A statistic that would suit: level, where readings come irregularly."
    )
    earlier: "Summary | None" = Field(None, description="The figures from `earlier_start` on.")

    @property
    def key(self) -> SeriesKey:
        return SeriesKey(sensor=self.sensor, measure=self.measure)


class Figures(Frozen):
    """What values amount to, without a name."""

    mean: float | None = None
    min: float | None = None
    p5: float | None = None
    median: float | None = None
    p95: float | None = None
    max: float | None = None
    total: float | None = None
    deviation: float | None = None


def figures_of(values: Numbers, statistic: Statistic) -> Figures:
    """Return the figures of values that are all there."""
    if not values.size:
        return Figures()
    if statistic is Statistic.CIRCULAR:
        return Figures(mean=direction_of(values))
    if statistic is Statistic.STATE:
        return Figures()  # half a door is no figure
    if statistic in METERS:  # how often it was read says nothing: of its stands there are ends
        return Figures(min=float(values.min()), max=float(values.max()))
    spread = float(np.std(values, ddof=1)) if values.size > 1 else None
    p5, median, p95 = (float(each) for each in np.quantile(values, (0.05, 0.5, 0.95)))
    found = Figures(
        mean=float(values.mean()),
        min=float(values.min()),
        p5=p5,
        median=median,
        p95=p95,
        max=float(values.max()),
        deviation=spread,
    )
    if statistic is Statistic.TOTAL:
        return found.model_copy(update={"total": float(values.sum())})
    return found


def weighted_figures(values: Numbers, weights: Numbers) -> Figures:
    """Return the figures of values that held for some time each: a quantile is one of them."""
    if not values.size or weights.sum() <= 0:
        return Figures()
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    places = np.minimum(np.searchsorted(reached, (0.05, 0.5, 0.95)), values.size - 1)
    p5, median, p95 = (float(each) for each in values[order][places])
    mean = float(np.average(values, weights=weights))
    spread = float(np.sqrt(np.average((values - mean) ** 2, weights=weights)))
    return Figures(mean=mean, p5=p5, median=median, p95=p95, deviation=spread)


def direction_of(values: Numbers) -> float | None:
    """Return the mean direction; None where the directions cancel out."""
    turned = np.radians(values)
    sums = np.array([np.sin(turned).sum()]), np.array([np.cos(turned).sum()])
    mean = float(mean_direction(*sums, np.array([float(values.size)]))[0])
    return None if np.isnan(mean) else mean


def offered_to(statistic: Statistic, times: Times) -> Statistic | None:
    """Return the statistic that would suit better: `level` for readings sent only on change."""
    if statistic is not Statistic.MEAN or times.size < MANY:
        return None
    steps = np.diff(times) / np.timedelta64(1, "s")
    usual = np.median(steps)
    regular = np.abs(np.round(steps / usual) - steps / usual) < NEARLY  # gaps are whole steps
    long = steps > LONGER * usual
    resting = float(np.mean(long)) > OFTEN and steps[long].sum() > FEW_REGULAR * steps.sum()
    irregular = float(np.mean(regular)) < FEW_REGULAR
    return Statistic.LEVEL if irregular or resting else None


def cadence_of(times: Times) -> float | None:
    """Return the usual distance between readings in seconds."""
    if times.size < RARELY:
        return None
    steps: NDArray[np.float64] = np.diff(times) / np.timedelta64(1, "s")
    usual = float(np.median(steps))
    return usual if usual > 0 else None


def completeness(times: Times, every: float | None, start: datetime, end: datetime) -> float | None:
    """Return at which share of the times that should have a reading there is one."""
    if every is None:
        return None
    could = round((end - start) / timedelta(seconds=every))
    if could < 1:
        return None
    places = np.floor((times - times[0]) / np.timedelta64(1, "s") / every + 0.5)
    return min(len(np.unique(places)) / could, 1.0)
