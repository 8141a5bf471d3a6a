"""Making the demo's data file from the original table, once, in SI units."""

import csv
import gzip
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from jobs.demo.weather import COLUMNS

EMPTY = {"", "NA"}


class Conversion(NamedTuple):
    """Where a measure comes from, how its unit changes, and how many decimals are meant."""

    source: str
    convert: Callable[[float], float]
    decimals: int


def celsius(fahrenheit: float) -> float:
    return (fahrenheit - 32) / 1.8


def metres_per_second(miles_per_hour: float) -> float:
    return miles_per_hour * 0.44704


def millimetres(inches: float) -> float:
    return inches * 25.4


def kilometres(miles: float) -> float:
    return miles * 1.609344


CONVERSIONS: dict[str, Conversion] = {
    "temperature": Conversion("temp", celsius, 2),
    "dew_point": Conversion("dewp", celsius, 2),
    "humidity": Conversion("humid", float, 2),
    "wind_direction": Conversion("wind_dir", float, 0),
    "wind_speed": Conversion("wind_speed", metres_per_second, 2),
    "wind_gust": Conversion("wind_gust", metres_per_second, 2),
    "precipitation": Conversion("precip", millimetres, 3),
    "pressure": Conversion("pressure", float, 1),
    "visibility": Conversion("visib", kilometres, 2),
}


def convert_row(row: dict[str, str]) -> list[str]:
    """Return one hour of a station: station, UTC time, then the measures, empty at gaps.

    Only `time_hour` is read for the time: it is UTC, so no hour is double or missing when the
    clocks change, unlike the columns year to hour, which are local.
    """
    return [row["origin"], row["time_hour"], *(convert(row, name) for name in COLUMNS)]


def convert(row: dict[str, str], measure: str) -> str:
    """Return one value in our unit, as short as its decimals allow."""
    source, change, decimals = CONVERSIONS[measure]
    if row[source] in EMPTY:
        return ""
    value = round(change(float(row[source])), decimals)
    return f"{value + 0.0:.{decimals}f}".rstrip("0").rstrip(".") if decimals else f"{value:.0f}"


def rows(source: Path) -> Iterator[list[str]]:
    """Give the header and every hour of the original table."""
    yield ["station", "time", *COLUMNS]
    with source.open(newline="") as lines:
        yield from map(convert_row, csv.DictReader(lines))


def write(source: Path, target: Path) -> None:
    """Write the data file; the same input always gives the same bytes."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows(source))
    target.write_bytes(gzip.compress(text.getvalue().encode(), compresslevel=9, mtime=0))
