"""How far the import of a file has come, so that the same import can go on from there."""

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Self

from dtbase.domain.frozen import Frozen
from dtbase.domain.readings.readings import NOTHING, IngestCounts

HEAD = 4_096


class Progress(Frozen):
    """Rows of a file that the twin has stored; only the same import may go on from there."""

    bytes: int
    modified_ns: int
    settings: str
    growing: bool = False
    head: str = ""
    rows: int = 0
    counts: IngestCounts = NOTHING
    refused: int = 0
    import_id: int | None = None

    @classmethod
    def at_start(cls, path: Path, settings: Sequence[object], *, growing: bool = False) -> Self:
        """Return the progress of an import that has not begun."""
        status = path.stat()
        return cls(
            bytes=status.st_size,
            modified_ns=status.st_mtime_ns,
            settings=sha256(repr(tuple(settings)).encode()).hexdigest(),
            growing=growing,
            head=head_of(path, status.st_size),
        )

    def same_import(self, other: Self, path: Path) -> bool:
        """Tell whether two describe the same file and the same settings; one may have grown."""
        if self.settings != other.settings or self.growing != other.growing:
            return False
        if self.growing:
            return self.bytes <= other.bytes and self.head == head_of(path, self.bytes)
        return self.same_file(other)

    def same_file(self, other: Self) -> bool:
        """Tell whether a file is as it was."""
        return (self.bytes, self.modified_ns) == (other.bytes, other.modified_ns)

    def after(self, rows: int, counts: IngestCounts, refused: int, import_id: int | None) -> Self:
        """Return the progress when so many rows are acknowledged."""
        done = {"rows": rows, "counts": counts, "refused": refused, "import_id": import_id}
        return self.model_copy(update=done)


def head_of(path: Path, size: int) -> str:
    """Return what tells the beginning of a file from others."""
    with path.open("rb") as file:
        return sha256(file.read(min(size, HEAD))).hexdigest()
