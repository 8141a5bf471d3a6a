"""What became of an imported file."""

from datetime import datetime

from pydantic import Field

from dtbase.domain.frozen import Frozen
from dtbase.domain.imports.profiles import Profile
from dtbase.domain.readings.readings import IngestCounts
from dtbase.domain.registry.series import Value


class RowCounts(Frozen):
    """The rows of a file below its header: read = table + all the others."""

    read: int = 0
    tables: int = Field(0, description="Rows of readings.")
    headers: int = Field(0, description="Headers that stand there again.")
    comments: int = 0
    empty: int = 0
    summaries: int = Field(0, description="Totals and the like, as the profile names them.")
    others: int = Field(0, description="Rows that the profile does not want, by its `only`.")
    skipped: int = Field(0, description="Rows that could not be read.")

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

    read: int = 0
    inserted: int = 0
    replaced: int = 0
    unchanged: int = 0
    kept: int = 0
    merged: int = Field(0, description="Put together with others of their series and time.")
    set_aside: int = 0
    skipped: int = 0
    nothing: int = Field(0, description="Cells with a word for no value; none of `read`.")

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
    import_id: int | None = Field(None, description="By which it is undone; None: nothing to undo.")
    kind: str = Field(description="What the file was taken for.")
    dry_run: bool = False
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
