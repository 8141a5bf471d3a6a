"""Imports: each file that was read into the twin, who brought it, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from dtbase.domain.frozen import Frozen
from dtbase.domain.imports.profiles import Profile
from dtbase.domain.imports.progress import Progress
from dtbase.domain.imports.reports import ImportReport
from dtbase.domain.names import Title
from dtbase.domain.numbers import A_NUMBER
from dtbase.domain.paging import Page, SearchText
from dtbase.domain.readings.batches import Batch

LONGEST_NAME = 200


def title_of(name: str) -> str:
    """Return a file's name as an import takes it: its end, without what steers a terminal."""
    plain = "".join(sign if sign.isprintable() else " " for sign in name)
    return plain[-LONGEST_NAME:].strip() or "file"


class NewImport(Frozen):
    """An import that is to be pushed piece by piece."""

    file: Title = Field(description="The file's name.")
    kind: Title = Field("a table", description="What the file was taken for.")
    profile: Profile | None = Field(None, description="How it is read.")
    resumes: Annotated[int, Field(ge=1, le=2**31 - 1), A_NUMBER] | None = Field(
        None,
        description="An import of the same caller and file that stopped, to go on with; where it"
        " cannot, another one begins.",
    )


class Import(Frozen):
    """One file on its way into the twin, or come there."""

    id: int
    file: str
    kind: str
    profile: Profile | None
    made_by: str
    started_at: datetime
    ended_at: datetime | None = Field(description="None while it goes on, or where it stopped.")
    report: ImportReport = Field(description="What became of its rows and readings.")
    standing: int = Field(
        description="Readings that undoing it would look at: those that it stored, less those that"
        " were undone or have been dropped by retention."
    )
    undone_at: datetime | None
    undone_by: str | None
    removed: int = Field(description="Readings that undoing it took away.")
    restored: int = Field(description="Readings that undoing it put back as they were before.")

    @property
    def state(self) -> str:
        """Say in a word or two how it stands."""
        if self.undone_at is not None:
            return f"undone, but for {self.standing:,}" if self.standing else "undone"
        return "done" if self.ended_at is not None else "not ended"


@dataclass(frozen=True)
class ImportedBatch:
    """Readings of an import, and how far its file is read once they are stored."""

    import_id: int
    batch: Batch
    progress: Progress


class Undone(Frozen):
    """What one request of undoing an import did; `next` says where the next one goes on."""

    removed: int = Field(description="Readings taken away.")
    restored: int = Field(description="Readings put back as they were before the import.")
    changed: int = Field(description="Readings left, since they were changed or deleted later.")
    dropped: int = Field(description="Readings out of reach, since retention dropped them.")
    next: int | None = Field(None, description="Pass it as `before` to undo the rest; else done.")

    def plus(self, other: "Undone") -> "Undone":
        """Return what two requests did."""
        return Undone(
            removed=self.removed + other.removed,
            restored=self.restored + other.restored,
            changed=self.changed + other.changed,
            dropped=self.dropped + other.dropped,
            next=other.next,
        )


NOTHING_UNDONE = Undone(removed=0, restored=0, changed=0, dropped=0)


class ImportQuery(Page):
    """Which imports to list."""

    search: SearchText | None = Field(None, description="A part of the file's name.")
    made_by: SearchText | None = Field(None, description="A part of who brought it.")
    sort: Literal["id", "-id"] = "-id"
