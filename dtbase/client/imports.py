"""Files sent as they are, and the profiles by which the twin reads them."""

from collections.abc import Sequence
from pathlib import Path

from dtbase.client.registry import Registry
from dtbase.client.transport import Transport, read
from dtbase.domain.imports.profiles import NamedProfile, NamedProfileChange, Profile
from dtbase.domain.imports.reports import ImportAnswer


class ImportProfiles(Registry[NamedProfile, NamedProfile, NamedProfileChange]):
    """How the files of one kind are read."""

    def __init__(self, transport: Transport) -> None:
        """Reach them through a transport."""
        super().__init__(transport, "/v1/import-profiles", NamedProfile, "name")

    def list(self, *, search: str | None = None, sort: str | None = None) -> Sequence[NamedProfile]:
        """Return the profiles that fit, by name."""
        return self._list(search=search, sort=sort)


class Imports:
    """Files that the API reads by itself; large ones go piece by piece, by `dtbase import`."""

    def __init__(self, transport: Transport) -> None:
        """Reach them through a transport."""
        self._transport = transport

    def send(  # noqa: PLR0913 - what, how it is read, and what is done with it
        self,
        file: Path | str | bytes,
        *,
        name: str | None = None,
        profile: Profile | str | None = None,
        timezone: str | None = None,
        dry_run: bool = False,
        register_new: bool = False,
        skip_bad: bool = False,
        set_aside: bool = False,
        on_conflict: str = "replace",
    ) -> ImportAnswer:
        """Import a file whole or not at all; a dry run shows how it would be read.

        A profile is one by itself, the name of one that is kept, or else what the file looks like.
        """
        content = file if isinstance(file, bytes) else Path(file).read_bytes()
        named = name or ("file" if isinstance(file, bytes) else Path(file).name)
        shown = (
            profile.model_dump_json(exclude_unset=True) if isinstance(profile, Profile) else profile
        )
        given = {
            "file": named,
            "profile": shown,
            "timezone": timezone,
            "dry_run": str(dry_run).lower(),
            "register_new": str(register_new).lower(),
            "skip_bad": str(skip_bad).lower(),
            "set_aside": str(set_aside).lower(),
            "on_conflict": on_conflict,
        }
        response = self._transport.send(
            "POST",
            "/v1/imports",
            params={key: value for key, value in given.items() if value is not None},
            data=content,
            headers={"Content-Type": "application/octet-stream"},
            repeatable=True,
        )
        return read(ImportAnswer, response.content)
