"""How far the import of a file has come, kept beside the file until it is done."""

import os
from hashlib import sha256
from pathlib import Path
from typing import Self

from pydantic import ValidationError

from dtbase.domain.frozen import Frozen
from dtbase.domain.readings.readings import NOTHING, IngestCounts
from dtbase.errors import Invalid

SUFFIX = ".dtbase-progress"
HEAD = 4_096


class Progress(Frozen):
    """Rows of a file that the API has acknowledged; only the same import may go on from there."""

    bytes: int
    modified_ns: int
    settings: str
    growing: bool = False
    head: str = ""
    rows: int = 0
    counts: IngestCounts = NOTHING
    refused: int = 0

    @classmethod
    def at_start(cls, path: Path, *settings: object, growing: bool = False) -> Self:
        """Return the progress of an import that has not begun."""
        status = path.stat()
        return cls(
            bytes=status.st_size,
            modified_ns=status.st_mtime_ns,
            settings=sha256(repr(settings).encode()).hexdigest(),
            growing=growing,
            head=head_of(path, status.st_size),
        )

    def same_import(self, other: Self, path: Path) -> bool:
        """Tell whether two describe the same file and the same settings; one may have grown."""
        if self.settings != other.settings or self.growing != other.growing:
            return False
        if self.growing:
            return self.bytes <= other.bytes and self.head == head_of(path, self.bytes)
        return (self.bytes, self.modified_ns) == (other.bytes, other.modified_ns)

    def after(self, rows: int, counts: IngestCounts, refused: int = 0) -> Self:
        """Return the progress when so many rows are acknowledged."""
        return self.model_copy(update={"rows": rows, "counts": counts, "refused": refused})


def head_of(path: Path, size: int) -> str:
    """Return what tells the beginning of a file from others."""
    with path.open("rb") as file:
        return sha256(file.read(min(size, HEAD))).hexdigest()


def place(path: Path) -> Path:
    """Return where the progress of a file is kept."""
    return path.with_name(path.name + SUFFIX)


def load(path: Path, start: Progress) -> Progress:
    """Return how far an earlier import came, or the start; another import's is refused."""
    try:
        kept = Progress.model_validate_json(place(path).read_bytes())
    except FileNotFoundError:
        return start
    except ValidationError:
        kept = None
    if kept is None or not kept.same_import(start, path):
        raise Invalid(
            f"{place(path)} is of another import, of a file or options that have changed since: "
            "say --restart to begin anew; readings that are already stored stay as they are"
        )
    return start.after(kept.rows, kept.counts, kept.refused)


def save(path: Path, progress: Progress) -> None:
    """Keep the progress whole or not at all, also when the machine stops."""
    new = place(path).with_name(place(path).name + ".new")
    try:
        with new.open("w") as file:
            file.write(progress.model_dump_json())
            file.flush()
            os.fsync(file.fileno())
        new.replace(place(path))
    except OSError as error:
        raise Invalid(
            f"cannot keep the progress in {place(path)}: {error.strerror}; "
            "copy the file to a folder where you may write"
        ) from error


def forget(path: Path) -> None:
    """Remove what is kept of a file's import."""
    place(path).unlink(missing_ok=True)
