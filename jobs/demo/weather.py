"""The demo's data file as arrays: hours of the replayed year by measure."""

import csv
import gzip
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from jobs.demo.replay import HOURS, hours_of

COLUMNS = (
    "temperature",
    "dew_point",
    "humidity",
    "wind_direction",
    "wind_speed",
    "wind_gust",
    "precipitation",
    "pressure",
    "visibility",
)
"""The measures of a station, in the order of the file's columns."""

FILE = "nyc_weather_2013.csv.gz"

Values = NDArray[np.float64]

Year = Values
"""One row for each of the 8,736 hours, one column a measure; NaN where nothing was measured."""


@cache
def read() -> dict[str, Year]:
    packed = resources.files("jobs.demo").joinpath(FILE).read_bytes()
    lines = gzip.decompress(packed).decode().splitlines()
    table = np.array(list(csv.reader(lines[1:])))
    cells = table[:, 2:]
    values = np.where(cells == "", "nan", cells).astype(np.float64)
    hours = hours_of(table[:, 1])
    return {str(name): place(values, hours, table[:, 0] == name) for name in set(table[:, 0])}


def place(values: Year, hours: NDArray[np.int64], own: NDArray[np.bool_]) -> Year:
    """Return a station's year from its own rows of the table."""
    year = np.full((HOURS, len(COLUMNS)), np.nan)
    year[hours[own]] = values[own]
    return year
