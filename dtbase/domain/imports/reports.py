"""What became of an imported file."""

from datetime import datetime

from pydantic import Field

from dtbase.domain.flags import Flag
from dtbase.domain.frozen import Frozen
from dtbase.domain.imports.profiles import Profile
from dtbase.domain.numbers import Count
from dtbase.domain.readings.readings import IngestCounts
from dtbase.domain.registry.series import Value


class RowCounts(Frozen):
    """The rows of a file below its header: read = table + all the others."""

    read: Count = 0
    tables: Count = Field(0, description="Rows of readings.")
    headers: Count = Field(0, description="Headers that stand there again.")
    comments: Count = 0
    empty: Count = 0
    summaries: Count = Field(0, description="Totals and the like, as the profile names them.")
    others: Count = Field(0, description="Rows that the profile does not want, by its `only`.")
    skipped: Count = Field(0, description="Rows that could not be read.")
    unended: Flag = Field(
        False, description="Whether the last row has no line end, as of a file still being written."
    )

    @property
    def passed_over(self) -> dict[str, int]:
        """Return the rows that hold no readings, by what they are."""
        names = {
            "repeated headers": self.headers,
            "comments": self.comments,
            "empty": self.empty,
            "summaries": self.summaries,
            "others": self.others,
        }
        return {name: count for name, count in names.items() if count}


class ReadingCounts(Frozen):
    """The readings of a file, of which each is somewhere.

    read = inserted + replaced + unchanged + kept + merged + set_aside + skipped
    """

    read: Count = 0
    inserted: Count = 0
    replaced: Count = 0
    unchanged: Count = 0
    kept: Count = 0
    merged: Count = Field(0, description="Put together with others of their series and time.")
    set_aside: Count = 0
    skipped: Count = 0
    nothing: Count = Field(0, description="Cells with a word for no value; none of `read`.")

    @property
    def accounted(self) -> int:
        """Return how many readings are somewhere."""
        return self.stored.received + self.merged + self.set_aside + self.skipped

    @property
    def stored(self) -> IngestCounts:
        counts = {
            name: getattr(self, name) for name in ("inserted", "replaced", "unchanged", "kept")
        }
        return IngestCounts(received=sum(counts.values()), **counts)


class ImportReport(Frozen):
    """What became of one file."""

    file: str
    import_id: Count | None = Field(
        None, description="By which it is undone; None: nothing to undo."
    )
    kind: str = Field(description="What the file was taken for.")
    dry_run: Flag = False
    rows: RowCounts = RowCounts()
    readings: ReadingCounts = ReadingCounts()
    skipped_file: str | None = Field(None, description="Where it says what was skipped, and why.")

    @property
    def skipped(self) -> int:
        return self.rows.skipped + self.readings.skipped


class ShownReading(Frozen):
    """One of the first readings, as it would be stored."""

    row: int
    series: str
    time: datetime
    value: Value


class Broken(Frozen):
    """A rule that a row breaks."""

    row: int | None = None
    series: str | None = None
    field: str
    value: str | None = None
    rule: str


class ImportAnswer(Frozen):
    """What became of a file that was sent, and how it was read."""

    report: ImportReport
    profile: Profile
    doubts: tuple[str, ...] = Field((), description="What a guess is not sure of.")
    left_out: tuple[str, ...] = Field((), description="Columns that hold no values.")
    registered: tuple[str, ...] = Field((), description="What was made on the way.")
    first: tuple[ShownReading, ...] = Field((), description="Of a dry run: the first readings.")
    broken: tuple[Broken, ...] = Field((), description="The first hundred rules that rows break.")
    sensors: tuple[str, ...] = Field((), description="Whose readings were stored.")
    begins: datetime | None = Field(None, description="When the earliest of these readings is.")
