"""The options of `dtbase import`, each a part of the profile that it says."""

import contextlib
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from pydantic import ValidationError

from dtbase.cli.documents import read_document
from dtbase.domain.imports.profiles import Ambiguous, Duplicates, Epoch, Profile, Skipped
from dtbase.domain.refusals import refusal
from dtbase.errors import Invalid

READING, SERIES, DOING = "How the file is read", "Which series its columns are", "What is done"


def read_zone(given: str) -> ZoneInfo:
    """Read the name of a time zone."""
    try:
        return ZoneInfo(given)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise typer.BadParameter(f"{given!r} is not an IANA time zone") from error


def read_pair(given: str, form: str) -> tuple[str, str]:
    """Read `NAME=VALUE`."""
    name, equals, value = given.rpartition("=")
    if not (name and equals and value):
        raise typer.BadParameter(f"{given!r} is not of the form {form}")
    return name, value


def read_column(given: str) -> tuple[str, str]:
    """Read `COLUMN=SENSOR/MEASURE`."""
    form = "COLUMN=SENSOR/MEASURE"
    name, series = read_pair(given, form)
    sensor, slash, measure = series.partition("/")
    if not (sensor and slash and measure) and "{" not in series:
        raise typer.BadParameter(f"series {series!r} is not of the form sensor/measure")
    return name, series


def load(place: str) -> Profile:
    """Read a profile from YAML or JSON."""
    try:
        return Profile.model_validate(read_document(Path(place)))
    except ValidationError as error:
        raise Invalid(f"{place}: {refusal(error, Profile).detail}") from None


Files = Annotated[
    list[Path], typer.Argument(help="CSV, zip, gzip, zstd, Excel, Parquet; or globs.")
]
ProfileOf = Annotated[
    str | None,
    typer.Option("--profile", metavar="FILE|NAME", help="A profile: a file, or kept in the twin."),
]
Guessing = Annotated[
    bool, typer.Option("--guess", help="Write the profile that FILE seems to have; store nothing.")
]
Time = Annotated[
    list[str] | None,
    typer.Option("--time", metavar="COLUMN", help="The column of times; twice for date and time.",
                 rich_help_panel=READING),
]  # fmt: skip
TimeForm = Annotated[
    list[str] | None,
    typer.Option("--time-form", metavar="FORM", rich_help_panel=READING,
                 help="A pattern: '%d.%m.%Y %H:%M' is 31.12.2026 18:05."),
]  # fmt: skip
TimeUnit = Annotated[
    Epoch | None,
    typer.Option("--time-unit", help="Of times that are numbers since 1970, or days of Excel.",
                 rich_help_panel=READING),
]  # fmt: skip
Zone = Annotated[
    ZoneInfo | None,
    typer.Option("--timezone", parser=read_zone, metavar="ZONE",
                 help="The zone of times without an offset.", rich_help_panel=READING),
]  # fmt: skip
Twice = Annotated[
    Ambiguous | None,
    typer.Option("--ambiguous", help="Local times that come twice: by the order of rows, or one.",
                 rich_help_panel=READING),
]  # fmt: skip
SkippedHour = Annotated[
    Skipped | None,
    typer.Option("--skipped", help="Local times that the clocks skip: by which offset.",
                 rich_help_panel=READING),
]  # fmt: skip
Encoding = Annotated[
    str | None, typer.Option("--encoding", help="Such as cp1252.", rich_help_panel=READING)
]
Delimiter = Annotated[
    str | None,
    typer.Option("--delimiter", help="What separates cells: a sign, tab or spaces.",
                 rich_help_panel=READING),
]  # fmt: skip
Decimal = Annotated[
    Literal[".", ","] | None,
    typer.Option("--decimal", help="The sign before decimals.", rich_help_panel=READING),
]
Thousands = Annotated[
    str | None, typer.Option("--thousands", help="What parts thousands.", rich_help_panel=READING)
]
HeaderLine = Annotated[
    int | None,
    typer.Option("--header-line", help="The line that names the columns; 0: none does.",
                 rich_help_panel=READING),
]  # fmt: skip
UnitsLine = Annotated[
    int | None,
    typer.Option("--units-line", help="The line of units.", rich_help_panel=READING),
]
FirstLine = Annotated[
    int | None,
    typer.Option("--first-line", help="The line of the first reading.", rich_help_panel=READING),
]
Sheet = Annotated[
    str | None,
    typer.Option(
        "--sheet", help="Of a spreadsheet, or the file of a zip.", rich_help_panel=READING
    ),
]
Nothing = Annotated[
    list[str] | None,
    typer.Option("--nothing", metavar="WORD", help="A word or number for no value.",
                 rich_help_panel=READING),
]  # fmt: skip
Columns = Annotated[
    list[str] | None,
    typer.Option("--column", metavar="COLUMN=SENSOR/MEASURE", help="A column of values; repeat it.",
                 rich_help_panel=SERIES),
]  # fmt: skip
Units = Annotated[
    list[str] | None,
    typer.Option("--unit", metavar="COLUMN=UNIT", help="In which unit a column is written.",
                 rich_help_panel=SERIES),
]  # fmt: skip
Keys = Annotated[
    list[str] | None,
    typer.Option("--key", metavar="COLUMN", help="A column that says which series a row is of.",
                 rich_help_panel=SERIES),
]  # fmt: skip
Series = Annotated[
    list[str] | None,
    typer.Option("--series", metavar="NAME=SENSOR/MEASURE",
                 help="What a key becomes; * stands for anything, {1} for the first of these.",
                 rich_help_panel=SERIES),
]  # fmt: skip
Sensor = Annotated[
    str | None,
    typer.Option("--sensor", metavar="IDENTIFIER", help="The sensor of all columns.",
                 rich_help_panel=SERIES),
]  # fmt: skip
Register = Annotated[
    bool,
    typer.Option("--register", help="Make missing sensors and measures.",
                 rich_help_panel=DOING),
]  # fmt: skip
Twins = Annotated[
    Duplicates | None,
    typer.Option("--duplicates", help="What to do with different values of one series and time.",
                 rich_help_panel=DOING),
]  # fmt: skip
SkipBad = Annotated[
    bool,
    typer.Option("--skip-bad", help="Leave out what is wrong, and write it to FILE.skipped.csv.",
                 rich_help_panel=DOING),
]  # fmt: skip
SetAside = Annotated[
    bool,
    typer.Option("--set-aside", help="Set aside readings without a valid value or time.",
                 rich_help_panel=DOING),
]  # fmt: skip
OnConflict = Annotated[
    Literal["replace", "keep", "refuse"],
    typer.Option("--on-conflict", help="What to do where another value is stored.",
                 rich_help_panel=DOING),
]  # fmt: skip
Rows = Annotated[
    int,
    typer.Option("--rows", min=1, max=500_000, help="Readings in one request.",
                 rich_help_panel=DOING),
]  # fmt: skip
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Check every row of every file, store nothing.",
                 rich_help_panel=DOING),
]  # fmt: skip
Growing = Annotated[
    bool,
    typer.Option("--growing", help="Go on where the file ended the last time; remember its end.",
                 rich_help_panel=DOING),
]  # fmt: skip
Restart = Annotated[
    bool,
    typer.Option("--restart", help="Begin anew, whatever was done before.", rich_help_panel=DOING),
]


def said(given: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of a profile that the options say."""
    time = {
        "columns": given["time"],
        "form": given["time_form"],
        "epoch": given["time_unit"],
        "timezone": given["timezone"] and given["timezone"].key,
        "ambiguous": given["ambiguous"],
        "skipped": given["skipped"],
    }
    delimiter = {"tab": "\t", "\\t": "\t"}.get(given["delimiter"] or "", given["delimiter"])
    parts: dict[str, Any] = {
        "time": {name: value for name, value in time.items() if value},
        "encoding": given["encoding"],
        "delimiter": delimiter,
        "decimal": given["decimal"],
        "thousands": given["thousands"],
        "units": given["units_line"],
        "first": given["first_line"],
        "sheet": given["sheet"],
        "keys": given["key"],
        "duplicates": given["duplicates"],
        "sensor": given["sensor"],
    }
    made = {name: value for name, value in parts.items() if value not in (None, [], {})}
    if given["header_line"] is not None:
        made["names"] = given["header_line"] or None
        made.setdefault("first", given["header_line"] + 1)
        if not given["units_line"]:
            made["units"] = None
    return made | series_said(given) | nothing_said(given)


def series_said(given: dict[str, Any]) -> dict[str, Any]:
    """Return which series the columns are, as far as options say it."""
    made: dict[str, Any] = {}
    columns = {name: {"series": series} for name, series in map(read_column, given["column"] or [])}
    if columns:
        made["columns"] = columns
    if given["unit"]:
        made["column_units"] = dict(read_pair(each, "COLUMN=UNIT") for each in given["unit"])
    if given["series"]:
        form = "NAME=SENSOR/MEASURE"
        made["series"] = dict(read_pair(each, form) for each in given["series"])
    return made


def nothing_said(given: dict[str, Any]) -> dict[str, Any]:
    """Return words and values for nothing, beside those that are known."""
    made: dict[str, Any] = {}
    for text in given["nothing"] or []:
        with contextlib.suppress(ValueError):
            made.setdefault("more_nothing_values", []).append(float(text))
        made.setdefault("more_nothing", []).append(text)
    return made
