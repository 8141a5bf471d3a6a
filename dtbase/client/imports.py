"""Files sent as they are, imports and their undoing, and the profiles that files are read by."""

import math
from collections.abc import Callable, Sequence
from pathlib import Path

from dtbase.client.registry import Registry
from dtbase.client.transport import Found, Transport, read
from dtbase.domain.imports.imports import NOTHING_UNDONE, Import, NewImport, Undone
from dtbase.domain.imports.profiles import NamedProfile, NamedProfileChange, Profile
from dtbase.domain.imports.reports import ImportAnswer, ImportReport
from dtbase.domain.imports.said import SaidProfile
from dtbase.domain.paging import MOST


class ImportProfiles(Registry[NamedProfile, NamedProfile, NamedProfileChange]):
    """How the files of one kind are read."""

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport, "/v1/import-profiles", NamedProfile, "name")

    def list(self, *, search: str | None = None, sort: str | None = None) -> Sequence[NamedProfile]:
        """Return the profiles that fit, by name."""
        return self._list(search=search, sort=sort)


class Imports:
    """What was imported, and files that the API reads by itself.

    Large ones go piece by piece, by `dtbase import`.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def send(  # noqa: PLR0913 - what, how it is read, and what is done with it
        self,
        file: Path | str | bytes,
        *,
        name: str | None = None,
        profile: Profile | str | None = None,
        said: SaidProfile | None = None,
        timezone: str | None = None,
        dry_run: bool = False,
        register_new: bool = False,
        skip_bad: bool = False,
        set_aside: bool = False,
        on_conflict: str = "replace",
    ) -> ImportAnswer:
        """Import a file whole or not at all; a dry run shows how it would be read.

        A profile is one by itself, the name of one that is kept, or else what the file looks like;
        what is said goes before it.
        """
        content, known = opened(file)
        given = {
            "file": name or known,
            "profile": profile if isinstance(profile, str) else written(profile),
            "said": written(said),
            "timezone": timezone,
            "dry_run": dry_run,
            "register_new": register_new,
            "skip_bad": skip_bad,
            "set_aside": set_aside,
            "on_conflict": on_conflict,
        }
        response = self._transport.send(
            "POST",
            "/v1/imports",
            params=given,
            data=content,
            headers={"Content-Type": "application/octet-stream"},
            repeatable=True,
        )
        return read(ImportAnswer, response.content)

    def get(self, import_id: int) -> Import:
        """Return one import, or raise NotFound."""
        return self._transport.get(f"/v1/imports/{import_id}", Import)

    def list(
        self, *, search: str | None = None, made_by: str | None = None, limit: int | None = None
    ) -> Found[Import]:
        """Return what was imported, the newest first; with a limit, at most so many."""
        wanted = {"search": search, "made_by": made_by, "limit": min(limit or MOST, MOST)}
        given = {name: value for name, value in wanted.items() if value is not None}
        return self._transport.list_of("/v1/imports", Import, given, most=limit or math.inf)

    def begin(self, new: NewImport) -> Import:
        """Begin an import piece by piece: readings are pushed with its `import_id`."""
        body = new.model_dump(mode="json", exclude_unset=True)
        return self._transport.post("/v1/imports/begin", Import, body)

    def end(self, import_id: int, report: ImportReport) -> Import:
        """Say what became of a file that was pushed piece by piece."""
        body = report.model_dump(mode="json")
        return self._transport.post(f"/v1/imports/{import_id}/end", Import, body)

    def undo(
        self, import_id: int, progress: Callable[[Undone], None] = lambda undone: None
    ) -> Undone:
        """Take back what an import stored, wherever it still stands as it was stored.

        What it replaced is put back. `progress` is called with what is done so far.
        """
        path, done = f"/v1/imports/{import_id}/undo", NOTHING_UNDONE
        while True:
            behind = {} if done.next is None else {"before": str(done.next)}
            response = self._transport.send("POST", path, params=behind)
            done = done.plus(read(Undone, response.content))
            progress(done)
            if done.next is None:
                return done


def opened(file: Path | str | bytes) -> tuple[bytes, str]:
    """Return what a file holds, and its name."""
    if isinstance(file, bytes):
        return file, "file"
    return Path(file).read_bytes(), Path(file).name


def written(profile: Profile | SaidProfile | None) -> str | None:
    return None if profile is None else profile.model_dump_json(exclude_unset=True)
