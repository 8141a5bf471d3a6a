"""Where a checkout keeps its twin: data, logs, passwords, and the packages it fetched."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from dtbase.errors import Unavailable
from dtbase.local.accounts import Account, twin_account
from dtbase.local.explained import explained
from dtbase.settings import get_local_settings

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class State:
    """The folder that holds everything one checkout's twin keeps."""

    folder: Path
    account: Account

    @property
    def packages(self) -> Path:
        """Return the folder of the unpacked packages."""
        return self.folder / "packages"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    def create(self) -> None:
        """Make the folders, passable for the account and readable for nobody else."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o711)
        self.logs.mkdir(exist_ok=True)
        self.logs.chmod(0o700)

    def private(self, name: str) -> Path:
        """Return a folder below that only the account can enter; make it when it is missing."""
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        self.account.own(folder)
        folder.chmod(0o700)
        return folder


def open_state() -> State:
    """Return this checkout's state folder, made if need be."""
    settings = get_local_settings()
    with explained():
        state = state_of(twin_account(), settings.state_folder, settings.xdg_state_home)
        state.create()
    return state


def state_of(account: Account, chosen: Path | None = None, state_home: Path | None = None) -> State:
    """Return the checkout's state: .dtbase, or a folder elsewhere if that cannot serve."""
    for folder in [chosen] if chosen else candidates(state_home):
        if serves(folder, account):
            return State(folder, account)
    raise Unavailable(
        f"no folder for the twin's data that the user {account.name} can reach: "
        "set DTBASE_STATE_FOLDER to one on a local disk"
    )


def candidates(state_home: Path | None) -> list[Path]:
    """Return where state may lie, best first."""
    name = f"dtbase-{hashlib.sha256(os.fsencode(CHECKOUT)).hexdigest()[:8]}"
    root = os.geteuid() == 0
    elsewhere = Path("/var/lib") if root else state_home or Path.home() / ".local/state"
    return [CHECKOUT / ".dtbase", elsewhere / name]


def serves(folder: Path, account: Account) -> bool:
    """Tell whether the account can be given a private folder in there and enter it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o711)
        with tempfile.TemporaryDirectory(prefix="probe-", dir=folder) as probe:
            account.own(Path(probe))
            return _private(Path(probe)) and _enters(Path(probe), account)
    except PermissionError:
        return False


def _private(folder: Path) -> bool:
    """Tell whether the file system keeps permissions, as PostgreSQL demands."""
    return folder.stat().st_mode & 0o777 == 0o700  # noqa: PLR2004 - a mode


def _enters(folder: Path, account: Account) -> bool:
    command = ["/bin/sh", "-c", 'cd "$1" && : > mark', "sh", str(folder)]
    return (
        subprocess.run(
            command,
            stderr=subprocess.DEVNULL,
            check=False,
            cwd="/",
            start_new_session=True,
            **account.drop(),
        ).returncode
        == 0
    )


def rotate(log: Path, limit: int = 5 * 2**20) -> Path:
    """Move a log that has grown past the limit aside, and return its path."""
    if log.exists() and log.stat().st_size > limit:
        shutil.move(log, log.with_suffix(".log.1"))
    return log
