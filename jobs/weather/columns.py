"""Telling what has been from what is forecast."""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from jobs.weather.measures import Element
from jobs.weather.payloads import impossible
from jobs.weather.provider import HOUR, Column, Request, Weather

Table = Mapping[Element, NDArray[np.float64]]
Mask = NDArray[np.bool_]


def sort_out(
    request: Request, hours: Sequence[datetime], table: Table, preceding: Set[Element]
) -> Weather:
    """Return the values of an answer as observed, forecast or impossible, without gaps.

    An amount or maximum of the preceding hour is kept at the hour's start, so that the buckets
    [start, end) add up to what fell in them.
    """
    until_now = np.array([hour <= request.now for hour in hours])
    wanted = np.array([hour <= request.last_hour for hour in hours])
    observed, forecast, strange = [], [], []
    for element, values in table.items():
        shift = HOUR if element in preceding else 0 * HOUR
        times = [hour - shift for hour in hours]
        wrong = impossible(element, values)
        known = ~np.isnan(values) & ~wrong
        ahead = wanted & np.array([time > request.now for time in times])
        observed.append(column(element, times, values, known & until_now))
        strange.append(column(element, times, values, wrong & until_now))
        forecast.append(column(element, times, values, known & ahead))
    return Weather(
        observed=tuple(one for one in observed if one.times),
        forecast=tuple(one for one in forecast if one.times),
        impossible=tuple(one for one in strange if one.times),
    )


def column(
    element: Element, times: Sequence[datetime], values: NDArray[np.float64], chosen: Mask
) -> Column:
    places = np.flatnonzero(chosen).tolist()
    return Column(
        element=element,
        times=tuple(times[place] for place in places),
        values=tuple(values[chosen].tolist()),
    )
