"""The account that a twin's processes run as: PostgreSQL refuses root."""

import os
import pwd
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from dtbase.errors import Unavailable


class Drop(TypedDict, total=False):
    """The arguments of subprocess that change the user."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True)
class Account:
    """The user that processes of a twin run as."""

    name: str
    uid: int
    gid: int
    dropped: bool

    def drop(self) -> Drop:
        """Return what subprocess needs to start a process as this user."""
        if not self.dropped:
            return Drop()
        return Drop(user=self.uid, group=self.gid, extra_groups=[])

    def own(self, path: Path) -> None:
        """Give a file or an empty folder to this user."""
        if self.dropped:
            shutil.chown(path, self.uid, self.gid)


def twin_account() -> Account:
    """Return ourselves, or for root the user postgres, or nobody."""
    if os.geteuid() != 0:
        return _of(_known(os.geteuid()), dropped=False)
    for name in ("postgres", "nobody"):
        try:
            return _of(pwd.getpwnam(name), dropped=True)
        except KeyError:
            continue
    raise Unavailable(
        "PostgreSQL refuses to run as root and this machine has neither a user postgres nor "
        "nobody: add one with `useradd --system postgres`, or run as an ordinary user"
    )


def _known(uid: int) -> pwd.struct_passwd:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        raise Unavailable(
            f"user id {uid} has no entry in /etc/passwd and PostgreSQL needs one: "
            "run as a user that the system knows"
        ) from None


def _of(entry: pwd.struct_passwd, *, dropped: bool) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, dropped)
