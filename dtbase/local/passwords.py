"""The generated passwords of a twin, made once and kept where only we can read them."""

import secrets
from pathlib import Path
from typing import Self

from pydantic import Field

from dtbase.domain.frozen import Frozen

FILE = "passwords.json"
FORMER_FILE = "keys.json"


def generated() -> str:
    """Return a fresh random password."""
    return secrets.token_urlsafe(24)


class Passwords(Frozen):
    """The passwords of one twin and the ports its servers had last."""

    superuser: str = Field(default_factory=generated)
    database: str = Field(default_factory=generated)
    redis: str = Field(default_factory=generated)
    secret_key: str = Field(default_factory=lambda: secrets.token_urlsafe(48))
    admin: str = Field(default_factory=lambda: secrets.token_urlsafe(12))
    database_port: int | None = None
    redis_port: int | None = None

    @classmethod
    def kept(cls, folder: Path) -> Self:
        """Return the passwords kept in a folder; make and keep them the first time."""
        path, former = folder / FILE, folder / FORMER_FILE
        if former.exists() and not path.exists():  # else an older version made it, of no use
            former.replace(path)
        if path.exists():
            return cls.model_validate_json(path.read_text())
        made = cls()
        made.keep(folder)
        return made

    def keep(self, folder: Path) -> None:
        """Write them for our eyes only, in one step."""
        path = folder / FILE
        partial = path.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        partial.touch(mode=0o600)
        partial.write_text(self.model_dump_json(indent=2) + "\n")
        partial.replace(path)
