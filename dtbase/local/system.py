"""What the machine itself must have, installed when we are root: time zones, a browser."""

import os
import shutil
from pathlib import Path

from dtbase.errors import Unavailable
from dtbase.local.apt import failed, follow
from dtbase.local.progress import say

ZONE = Path("/usr/share/zoneinfo/America/New_York")


def ensure_zones() -> None:
    """Refuse a machine without time zones; as root on Debian, install them first."""
    if not ZONE.exists() and os.geteuid() == 0 and shutil.which("apt-get"):
        install("tzdata")
    if not ZONE.exists():
        raise Unavailable(
            "this machine has no time zone data, which PostgreSQL needs: "
            "install it with `apt-get install tzdata` as root"
        )


def ensure_program(name: str, purpose: str) -> None:
    """Refuse a machine without a program; as root on Debian, install it first."""
    if shutil.which(name) is None and os.geteuid() == 0 and shutil.which("apt-get"):
        install(name)
    if shutil.which(name) is None:
        raise Unavailable(
            f"{purpose} need {name} and this machine has none: "
            f"install it with `apt-get install {name}` as root"
        )


def install(package: str) -> None:
    """Install one of the system's packages, as root."""
    say(f"Installing the system's package {package}")
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C", "apt-get"]
    for step in (["update"], ["install", "--yes", "--no-install-recommends", package]):
        errors = follow(f"fetching for {package}", [*quiet, *step], Path("/"))
        if errors is not None:
            raise Unavailable(f"the package {package} cannot be installed: {failed(errors)}")
