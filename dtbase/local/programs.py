"""Finding PostgreSQL with TimescaleDB, and Redis: installed ones first, else Debian's packages."""

import fcntl
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dtbase.errors import Unavailable
from dtbase.local.explained import explained
from dtbase.local.packages import Tree
from dtbase.local.places import CHECKOUT, State
from dtbase.local.progress import say

OLDEST = 16
OLDEST_REDIS = (6, 2)
"""Sessions need GETEX."""

REDIS_VERSION = re.compile(r"(?:Redis|Valkey) server v=(\d+)\.(\d+)")
DATABASE = ("postgresql-17", "postgresql-17-timescaledb")
REDIS = ("redis-server",)


@dataclass(frozen=True)
class Programs:
    """Where the programs lie that we start; none for a server that we do not start."""

    postgres: Path | None
    redis: Path | None


def find(state: State, *, database: bool, redis: bool, mirror: str | None = None) -> Programs:
    """Return the programs of the servers that are wanted, fetching what is missing."""
    postgres = (used_before(state) or installed_postgres(made_by(state))) if database else None
    server = installed_redis() if redis else None
    missing = (DATABASE if database and postgres is None else ()) + (
        REDIS if redis and server is None else ()
    )
    if not missing:
        return Programs(postgres, server)
    tree = Tree(state.packages)
    obtain(tree, missing, state, mirror)
    return Programs(
        postgres or (_unpacked_postgres(tree) if database else None),
        server or (tree.root / "usr/bin/redis-server" if redis else None),
    )


def obtain(tree: Tree, packages: Sequence[str], state: State, mirror: str | None) -> None:
    """Fetch packages unless they are here; one process at a time."""
    with (state.folder / "packages.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if tree.holds(packages):
            return
        say(f"  fetching Debian's {', '.join(packages)} into {tree.folder}")
        with explained():
            tree.fetch(packages, CHECKOUT / ".dtbase" / "apt", mirror)


def remember(state: State, postgres: Path) -> None:
    """Note which PostgreSQL serves a twin's data, because another may not read it."""
    (state.folder / "postgres-programs").write_text(str(postgres))


def used_before(state: State) -> Path | None:
    """Return the PostgreSQL that served this twin's data last, if it is still there."""
    note = state.folder / "postgres-programs"
    folder = Path(note.read_text()) if note.exists() else None
    return folder if folder and able_version(folder) else None


def made_by(state: State) -> int | None:
    """Return the version of PostgreSQL that made this twin's data, if there is any."""
    mark = state.folder / "postgres" / "data" / "PG_VERSION"
    return int(mark.read_text()) if mark.exists() else None


def installed_postgres(version: int | None = None) -> Path | None:
    """Return the newest installed PostgreSQL with TimescaleDB's files, or that of one version."""
    on_path = shutil.which("postgres")
    found = [*Path("/usr/lib/postgresql").glob("*/bin"), *Path("/usr").glob("pgsql-*/bin")]
    if on_path:
        found.append(Path(on_path).resolve().parent)
    able = [(has, folder) for folder in found if (has := able_version(folder)) >= OLDEST]
    fitting = [(has, folder) for has, folder in able if version in (None, has)]
    return max(fitting)[1] if fitting else None


def able_version(folder: Path) -> int:
    """Return the version of the PostgreSQL in a folder, or 0 if it lacks TimescaleDB."""
    if not all((folder / name).exists() for name in ("postgres", "initdb", "pg_config")):
        return 0
    share, version = (_asked(folder, option) for option in ("--sharedir", "--version"))
    if not (Path(share) / "extension/timescaledb.control").exists():
        return 0
    return int(version.removeprefix("PostgreSQL ").partition(".")[0])


def _asked(folder: Path, option: str) -> str:
    command = [str(folder / "pg_config"), option]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, start_new_session=True
    )
    return done.stdout.strip()


def installed_redis() -> Path | None:
    """Return the installed Redis, or Valkey, if there is one that runs and is new enough."""
    found = map(shutil.which, ("redis-server", "valkey-server"))
    return next((Path(each) for each in found if each and works(Path(each))), None)


def works(server: Path) -> bool:
    """Tell whether a program runs, and says that it is a Redis of a version that will do."""
    command = [str(server), "--version"]
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=10,
            start_new_session=True,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    version = REDIS_VERSION.match(done.stdout) if done.returncode == 0 else None
    return version is not None and (int(version[1]), int(version[2])) >= OLDEST_REDIS


def _unpacked_postgres(tree: Tree) -> Path:
    found = sorted(tree.root.glob("usr/lib/postgresql/*/bin"))
    if not found:
        raise Unavailable(f"{tree.folder} holds no PostgreSQL: run `make clean` and start again")
    return found[-1]
