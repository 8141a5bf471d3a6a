"""Files read by a profile, without a twin."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dtbase.domain.imports.profiles import LONG, Profile
from dtbase.domain.readings.findings import Findings
from dtbase.importing.findings import Kept
from dtbase.importing.naming import Known, Registry
from dtbase.importing.reading import FileSeries, Piece, Reader
from dtbase.importing.sources import Source
from dtbase.importing.tally import Tally

Reading = tuple[str, str, object]
"""A series, a time in UTC, a value."""


@dataclass(frozen=True)
class Was:
    """What was read of a file."""

    pieces: Sequence[Piece]
    found: Findings
    tally: Tally

    @property
    def readings(self) -> list[Reading]:
        """Return what is read, piece by piece and series by series."""
        return [
            (segment.name, f"{time}Z".replace(".000000", ""), value)
            for piece in self.pieces
            for segment in (*piece.segments, *piece.again)
            for time, value in zip(
                segment.times.astype(str).tolist(), segment.values.tolist(), strict=True
            )
        ]

    @property
    def rows(self) -> list[int]:
        """Return the file's row of every reading."""
        every = (segment for piece in self.pieces for segment in piece.segments)
        return [int(row) for segment in every for row in segment.rows]

    @property
    def rules(self) -> list[tuple[int, str]]:
        """Return the rules that are broken, by row."""
        return [(each["row"], each["rule"]) for each in self.found.shown]


def read(
    path: Path,
    profile: Mapping[str, Any] | None = None,
    known: Mapping[str, Known] | None = None,
    size: int = 100_000,
) -> Was:
    """Read a file to its end."""
    made = Profile.model_validate(profile or LONG)

    def ask(wanted: list[FileSeries]) -> Registry:
        if known is not None:
            return known
        return {each.name: Known(unit=None) for each in wanted}

    found = Kept()
    reader = Reader(Source.of(path), made, ask, found, size=size)
    return Was(list(reader.pieces()), found, reader.tally)
