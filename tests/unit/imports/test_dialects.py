"""Any table of readings, written in any dialect that a profile can say, is read back the same."""

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.reading_files import Reading, read

FORMS = (
    "%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M:%S", "%m/%d/%Y %I:%M:%S %p", "%Y%m%d%H%M%S",
    "%d %b %Y %H:%M:%S", "%Y/%j %H:%M:%S", "%d/%m/%y %H:%M:%S", "%Y-%m-%dT%H:%M:%S%z",
)  # fmt: skip
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata")
EPOCHS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
START = datetime(2026, 1, 1, tzinfo=UTC)
NAMES = ("Temp [°C]", "q;r", 'Wärme "x"', "plain")


@dataclass(frozen=True)
class Dialect:
    """How a table is written."""

    delimiter: str
    decimal: str
    thousands: str
    encoding: str
    newline: str
    above: int
    units: bool
    comments: str
    again: bool
    totals: bool
    form: str
    epoch: str | None
    zone: str
    long: bool
    two_columns: bool


@st.composite
def dialects(draw: st.DrawFn) -> Dialect:
    decimal = draw(st.sampled_from(".,"))
    form = draw(st.sampled_from(FORMS))
    epoch = draw(st.sampled_from([None, None, *EPOCHS]))
    return Dialect(
        delimiter=draw(st.sampled_from([",", ";", "\t", "|"])),
        decimal=decimal,
        thousands=draw(st.sampled_from(["", "." if decimal == "," else ",", "'", "\u00a0"])),
        encoding=draw(st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])),
        newline=draw(st.sampled_from(["\n", "\r\n"])),
        above=draw(st.integers(0, 3)),
        units=draw(st.booleans()),
        comments=draw(st.sampled_from(["", "#", "//"])),
        again=draw(st.booleans()),
        totals=draw(st.booleans()),
        form=form,
        epoch=epoch,
        zone=draw(st.sampled_from(ZONES)),
        long=draw(st.booleans()),
        two_columns=epoch is None and form.count(" ") == 1 and draw(st.booleans()),
    )


values = st.one_of(
    st.none(),
    st.integers(-(10**9), 10**9).map(float),
    st.floats(-1e9, 1e9, allow_nan=False).map(lambda number: round(number, 3)),
)


def number(value: float, dialect: Dialect) -> str:
    """Write a number with the signs of a dialect."""
    text = f"{value:,.3f}"
    return text.replace(",", "\1").replace(".", dialect.decimal).replace("\1", dialect.thousands)


def clock(time: datetime, dialect: Dialect) -> list[str]:
    """Write a time."""
    if dialect.epoch:
        return [str(int(time.timestamp()) * EPOCHS[dialect.epoch])]
    text = time.astimezone(ZoneInfo(dialect.zone)).strftime(dialect.form)
    return text.split(" ", 1) if dialect.two_columns else [text]


def written(  # noqa: C901 - each part of a dialect by itself
    times: list[datetime], table: list[list[float | None]], names: list[str], dialect: Dialect
) -> bytes:
    """Write a table in a dialect."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=dialect.delimiter, lineterminator=dialect.newline)
    for line in range(dialect.above):
        out.write(f"Station {line}{dialect.newline}")
    heads = ["day", "clock"] if dialect.two_columns else ["when"]
    header = [*heads, *(["what", "value"] if dialect.long else names)]
    writer.writerow(header)
    if dialect.units:
        writer.writerow(["TS", *["u"] * (len(header) - 1)])
    middle = len(times) // 2
    for place, (time, row) in enumerate(zip(times, table, strict=True)):
        if place == middle and dialect.again:
            writer.writerow(header)
        if place == middle and dialect.comments:
            out.write(f"{dialect.comments} a comment{dialect.newline}")
        cells = ["---" if value is None else number(value, dialect) for value in row]
        if dialect.long:
            for name, cell in zip(names, cells, strict=True):
                writer.writerow([*clock(time, dialect), name, cell])
        else:
            writer.writerow([*clock(time, dialect), *cells])
    if dialect.totals:
        writer.writerow(["Total", *["1"] * (len(header) - 1)])
    return out.getvalue().encode(dialect.encoding)


def profile_of(names: list[str], dialect: Dialect) -> dict[str, Any]:
    """Say how a dialect is read."""
    time: dict[str, Any] = {
        "columns": ["day", "clock"] if dialect.two_columns else ["when"],
        "timezone": dialect.zone,
    }
    time |= {"epoch": dialect.epoch} if dialect.epoch else {"form": [dialect.form]}
    series = {name: f"s/m{place}" for place, name in enumerate(names)}
    columns: dict[str, Any] = {"value": "{what}"} if dialect.long else series
    line = dialect.above + 1
    return {
        "encoding": dialect.encoding,
        "delimiter": dialect.delimiter,
        "decimal": dialect.decimal,
        "thousands": dialect.thousands,
        "names": line,
        "units": line + 1 if dialect.units else None,
        "comments": dialect.comments,
        "trailers": ["total"],
        "time": time,
        "keys": ["what"] if dialect.long else [],
        "columns": columns,
        "series": series if dialect.long else {},
    }


@given(data=st.data(), dialect=dialects())
@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_a_table_in_any_dialect_is_read_back_the_same(
    tmp_path: Path, data: st.DataObject, dialect: Dialect
) -> None:
    # the passes of the hour that comes twice are known from whole runs of it, both of them
    day = data.draw(st.integers(0, 364))
    minutes = data.draw(st.sampled_from([10, 15, 30, 60, 1440]))
    count = data.draw(st.integers(1, 30)) if minutes == 1440 else 6 * 60 // minutes
    hour = 0 if minutes == 1440 else data.draw(st.sampled_from([0, 6, 12, 18]))
    first = START + timedelta(days=day, hours=hour)
    times = [first + n * timedelta(minutes=minutes) for n in range(count)]
    assume(dialect.epoch or "%z" in dialect.form or not cut_hour(times, dialect.zone))
    names = list(NAMES[: data.draw(st.integers(1, len(NAMES)))])
    row = st.lists(values, min_size=len(names), max_size=len(names))
    table = [data.draw(row) for _ in times]
    path = tmp_path / "some.csv"
    path.write_bytes(written(times, table, names, dialect))
    size = data.draw(st.sampled_from([3, 1_000]))
    was = read(path, profile_of(names, dialect), size=size)
    expected: list[Reading] = [
        (f"s/m{place}", f"{time:%Y-%m-%dT%H:%M:%SZ}", value)
        for time, row_ in zip(times, table, strict=True)
        for place, value in enumerate(row_)
        if value is not None
    ]
    assert was.rules == []
    assert sorted(was.readings) == sorted(expected)
    assert was.tally.readings == len(expected)
    assert was.tally.headers == dialect.again
    assert was.tally.trailers == dialect.totals
    assert was.tally.comments == bool(dialect.comments)


def cut_hour(times: list[datetime], zone: str) -> bool:
    """Tell whether a table has but one pass of an hour that comes twice."""
    local = [time.astimezone(ZoneInfo(zone)) for time in times]
    twice = [
        each for each in local if each.utcoffset() != each.replace(fold=1 - each.fold).utcoffset()
    ]
    return len({each.fold for each in twice}) == 1
