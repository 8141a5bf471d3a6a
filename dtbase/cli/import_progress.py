"""How far the import of a file has come, kept beside the file until it is done."""

import os
from pathlib import Path

from pydantic import ValidationError

from dtbase.domain.imports.progress import Progress
from dtbase.errors import Invalid

SUFFIX = ".dtbase-progress"


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
    return start.after(kept.rows, kept.counts, kept.refused, kept.import_id)


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
