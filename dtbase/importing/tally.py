"""What became of a file, row by row and reading by reading, so that nothing is lost in silence."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from dtbase.domain.imports.reports import ReadingCounts, RowCounts
from dtbase.domain.readings.readings import IngestCounts


@dataclass
class Tally:
    """Counts while a file is read."""

    rows: int = 0
    headers: int = 0
    comments: int = 0
    empty: int = 0
    trailers: int = 0
    others: int = 0
    bad_rows: int = 0
    readings: int = 0
    nothing: int = 0
    bad: int = 0
    doubted: int = 0
    merged: int = 0
    unended: bool = False
    units: Mapping[str, str] = field(default_factory=dict)

    def row_counts(self) -> RowCounts:
        passed = self.headers + self.comments + self.empty + self.trailers + self.others
        return RowCounts(
            read=self.rows,
            tables=self.rows - passed - self.bad_rows,
            headers=self.headers,
            comments=self.comments,
            empty=self.empty,
            summaries=self.trailers,
            others=self.others,
            skipped=self.bad_rows,
            unended=self.unended,
        )

    def reading_counts(
        self, stored: IngestCounts, refused: int = 0, *, dry_run: bool = False
    ) -> ReadingCounts:
        """Return what became of the readings: those that were read are all somewhere.

        A dry run knows only what would be set aside for its form.
        """
        return ReadingCounts(
            read=self.readings,
            inserted=stored.inserted,
            replaced=stored.replaced,
            unchanged=stored.unchanged,
            kept=stored.kept,
            merged=self.merged,
            set_aside=self.doubted if dry_run else stored.aside,
            skipped=self.bad + refused,
            nothing=self.nothing,
        )
