"""A profile: how the tables of one kind of file are read into readings."""

import codecs
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, model_validator

from dtbase.domain.changes import Change
from dtbase.domain.flags import Flag
from dtbase.domain.frozen import Frozen
from dtbase.domain.imports.patterns import check_pattern
from dtbase.domain.names import Identifier, Text
from dtbase.domain.numbers import A_NUMBER
from dtbase.domain.paging import Page, SearchText
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.domain.services.schedules import ZoneName

Column = Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")]
"""A column's name as it stands in the file, or `#2` for the second."""

MOST_COLUMNS = 5_000
Line = Annotated[int, Field(ge=1, le=1_000), A_NUMBER]
Word = Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")]
Sign = Annotated[str, Field(max_length=1, pattern=r"^[^\x00\r\n0-9A-Za-z]?$")]
Factor = Annotated[float, Field(allow_inf_nan=False), A_NUMBER]

NOTHING = (
    *("", "nan", "null", "none", "nil", "na", "n/a", "n.a.", "#n/a", "#value!", "#div/0!", "#ref!"),
    *("-", "--", "---", "----", "—", "?", ".", "*", "unavailable", "unknown", "missing", "no data"),
    *("inf", "+inf", "-inf", "infinity", "-infinity", "-nan", "+nan", "err", "error", "overflow"),
)
"""Words that stand for no value in logs of all kinds, in small letters."""

TRAILERS = (
    *("total", "totals", "sum", "average", "avg", "mean", "min", "minimum", "max", "maximum"),
    *("std", "stdev", "std dev", "median", "count", "summe", "gesamt", "mittelwert", "mittel"),
    *("durchschnitt", "moyenne", "somme", "end of data", "end of file", "eof", "ende"),
)
"""What summaries below a table begin with, in small letters."""

Ambiguous = Literal["order", "earliest", "latest", "refuse"]
Skipped = Literal["refuse", "before", "after"]
Duplicates = Literal["refuse", "last", "first", "sum", "mean"]
Epoch = Literal["s", "ms", "us", "ns", "excel", "excel1904"]


def check_encoding(name: str) -> str:
    """Refuse an encoding that Python does not know, or that is none of texts."""
    try:
        known = codecs.lookup(name)
        "".encode(name)
    except (LookupError, ValueError) as error:
        raise ValueError("is not an encoding that Python knows, such as utf-8 or cp1252") from error
    return known.name


def as_many(given: object) -> object:
    """Take one text for a list of one."""
    return (given,) if isinstance(given, str) else given


def as_factors(given: object) -> object:
    """Take a list for what changes no number."""
    return dict.fromkeys(given, 1.0) if isinstance(given, list | tuple) else given


def as_plan(given: object) -> object:
    """Take a text for the name of a series."""
    return {"series": given} if isinstance(given, str) else given


EXAMPLE = datetime(2026, 12, 31, 18, 5, tzinfo=UTC)

Columns = Annotated[tuple[Column, ...], BeforeValidator(as_many), Field(min_length=1, max_length=6)]
Forms = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=100)], ...],
    BeforeValidator(as_many),
    Field(max_length=10),
]
Encoding = Annotated[str, Field(max_length=50), AfterValidator(check_encoding)]
Pattern = Annotated[str, Field(max_length=500), AfterValidator(check_pattern)]


def written(form: str) -> str:
    """Return a time as a pattern writes it, for those who do not read patterns."""
    return EXAMPLE.strftime(form)


class TimeColumns(Frozen):
    """Where a row's time stands, and how it is written."""

    columns: Columns = Field(("time",), description="Joined by a blank where there are several.")
    form: Forms = Field(
        (),
        description="As strptime writes them, such as %d.%m.%Y %H:%M; the first that fits counts."
        " By default ISO 8601.",
    )
    epoch: Epoch | None = Field(
        None, description="Numbers since 1970 in this unit, or the days of a spreadsheet."
    )
    timezone: ZoneName | None = Field(None, description="The zone of times without an offset.")
    ambiguous: Ambiguous = Field(
        "order",
        description="Local times of the hour that comes twice: told apart by the order of rows, or"
        " always the earlier, always the later.",
    )
    skipped: Skipped = Field(
        "refuse",
        description="Local times of the hour that is skipped: taken by the offset before the"
        " change, or by that after it.",
    )
    stamp: Literal["instant", "start", "end"] = Field(
        "instant", description="At which end of its interval a row's time stands."
    )
    interval: Annotated[float, Field(gt=0, le=366 * 86_400), A_NUMBER] | None = Field(
        None, description="Seconds; by which `end` is moved to the start."
    )

    @model_validator(mode="after")
    def check(self) -> Self:
        """Refuse what contradicts itself."""
        if self.form and self.epoch:
            raise ValueError("give form or epoch, not both")
        if self.stamp == "end" and self.interval is None:
            raise ValueError("stamp end needs the interval in seconds")
        return self


class ColumnPlan(Frozen):
    """What becomes of one column of values."""

    series: Pattern = Field(
        description="sensor/measure; {name} stands for a key column's text in the row, or is"
        " looked up under `series`."
    )
    unit: str | None = Field(
        None, max_length=100, description="Converted to the measure's unit, by pint."
    )
    factor: Factor = 1.0
    offset: Factor = 0.0
    datatype: Datatype | None = Field(None, description="For --register; by default float.")
    statistic: Statistic | None = Field(None, description="For --register; by default mean.")


Plan = Annotated[ColumnPlan, BeforeValidator(as_plan)]


class Profile(Frozen):
    """How a table is read: its signs, its lines, its times, and which series its columns are."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "delimiter": ";",
                    "decimal": ",",
                    "time": {"columns": ["Zeit"], "form": ["%d.%m.%Y %H:%M"], "timezone": "UTC"},
                    "columns": {"Temperatur [°C]": {"series": "loft/temperature", "unit": "degC"}},
                }
            ]
        }
    )

    description: Text | None = None
    encoding: Encoding = "utf-8"
    delimiter: Annotated[str, Field(pattern=r"^([^\x00\r\n\"0-9A-Za-z.]|spaces)$")] = Field(
        ",", description="One sign, or `spaces` for runs of blanks and tabs."
    )
    quote: Sign = '"'
    decimal: Literal[".", ","] = "."
    thousands: Sign = ""
    suffixes: Annotated[Mapping[Word, Factor], BeforeValidator(as_factors)] = Field(
        {},
        max_length=20,
        description="What may stand behind a number, such as °C, and by what it multiplies:"
        " {W: 1, kW: 1000}. A list is of those that change nothing.",
    )
    names: Line | None = Field(
        1, description="The line that names the columns; none: they are #1, #2 and so on."
    )
    units: Line | None = Field(None, description="The line of their units.")
    first: Line | None = Field(None, description="The line of the first reading.")
    comments: Annotated[str, Field(max_length=10)] = Field(
        "", description="What lines begin with that hold no readings."
    )
    trailers: tuple[Word, ...] = Field(
        (), max_length=100, description="What rows of summaries begin with."
    )
    sheet: Annotated[str, Field(max_length=200)] | None = Field(
        None, description="Of a spreadsheet, or the file of a zip; by default the first."
    )
    time: TimeColumns = TimeColumns()
    keys: Annotated[tuple[Column, ...], BeforeValidator(as_many)] = Field(
        (), max_length=6, description="The columns that say which series a row is of."
    )
    columns: Mapping[Column, Plan] = Field({}, max_length=MOST_COLUMNS)
    series: Mapping[Pattern, Pattern] = Field(
        {},
        max_length=10_000,
        description="What each name becomes: sensor/measure. * stands for anything, {1} for the"
        " first of these.",
    )
    unit_column: Column | None = None
    tidy: Flag = Field(
        False,
        description="Make names of sensors and measures of what keys say: Thermo A becomes"
        " Thermo_A; two that become one are refused.",
    )
    headers: Literal["one", "changing"] = Field(
        "one", description="Changing: a header further below may name other columns."
    )
    only: Mapping[Column, Annotated[tuple[Word, ...], BeforeValidator(as_many)]] = Field(
        {},
        max_length=6,
        description="Rows of others are passed over: by column, what may stand in it.",
    )
    nothing: tuple[Word, ...] = Field(
        NOTHING, max_length=200, description="Words for no value, small or capital."
    )
    nothing_values: tuple[Factor, ...] = Field((), max_length=100)
    true: tuple[Word, ...] = ("true", "on", "yes", "open", "1", "ja", "an", "ein")
    false: tuple[Word, ...] = ("false", "off", "no", "closed", "0", "nein", "aus")
    duplicates: Duplicates = Field(
        "refuse", description="What to do with different values of one series and time."
    )

    @model_validator(mode="after")
    def check_signs(self) -> Self:
        """Refuse signs that mean two things."""
        if self.thousands and self.thousands == self.decimal:
            raise ValueError("thousands and decimal must differ")
        if self.delimiter == self.decimal and not self.quote:
            raise ValueError("delimiter and decimal must differ where no cell is quoted")
        if "\\u0000" in self.model_dump_json():
            raise ValueError("no text in it may hold NUL")
        if not self.columns:
            raise ValueError("columns must name at least one column of values")
        return self

    @property
    def wanted(self) -> tuple[str, ...]:
        """Return the columns that are read, each once."""
        unit = (self.unit_column,) if self.unit_column else ()
        every = [*self.time.columns, *self.keys, *unit, *self.only, *self.columns]
        return tuple(dict.fromkeys(every))

    @property
    def is_long(self) -> bool:
        """Tell whether the rows say themselves of which series they are."""
        return bool(self.keys)

    def for_a_look(self) -> "Profile":
        """Return a profile to show a file by, although nobody has said its zone: as if UTC."""
        if self.time.timezone is not None:
            return self
        return self.model_copy(update={"time": self.time.model_copy(update={"timezone": "UTC"})})


LONG = {
    "keys": ["sensor", "measure"],
    "columns": {"value": "{sensor}/{measure}"},
}
"""What `dtbase export` of readings writes, and what the API takes."""


class NamedProfile(Frozen):
    """A profile that is kept in the twin."""

    name: Identifier
    profile: Profile


class NamedProfileChange(Change):
    """What to change about a kept profile."""

    example: ClassVar[dict[str, Any]] = {"name": "greenhouse"}

    name: Identifier | None = None
    profile: Profile | None = None


class NamedProfileQuery(Page):
    """Which profiles to list."""

    search: SearchText | None = Field(None, description="A part of the name.")
    sort: Literal["name", "-name"] = "name"
