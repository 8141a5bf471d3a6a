"""What the machine itself must have, installed when we are root: time zones, a browser."""

import ctypes
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from dtbase.errors import Unavailable
from dtbase.local.apt import failed, follow
from dtbase.local.progress import say

ZONE = Path("/usr/share/zoneinfo/America/New_York")


def ensure_zones() -> None:
    """Refuse a machine without time zones; as root on Debian, install them first."""
    if not ZONE.exists() and installs():
        install(["tzdata"])
    if not ZONE.exists():
        raise Unavailable(
            "this machine has no time zone data, which PostgreSQL needs: "
            "install it with `apt-get install tzdata` as root"
        )


def ensure_for_tests() -> None:
    """Refuse a machine that lacks a program of the tests; as root on Debian, install it first."""
    if missing_for_tests() and installs():
        install(missing_for_tests())
    if missing := missing_for_tests():
        raise Unavailable(
            f"the tests need {' and '.join(missing)}, which this machine has not: "
            f"install with `apt-get install {' '.join(missing)}` as root"
        )


def missing_for_tests() -> list[str]:
    """Return the missing packages: browser, what Playwright's driver links to, README's curl."""
    present = {
        "chromium": shutil.which("chromium") is not None,
        "libatomic1": loads("libatomic.so.1"),
        "curl": shutil.which("curl") is not None,
    }
    return [package for package, here in present.items() if not here]


def loads(library: str) -> bool:
    """Tell whether the machine has a shared library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def installs() -> bool:
    """Tell whether we may install the system's packages."""
    return os.geteuid() == 0 and shutil.which("apt-get") is not None


def install(packages: Sequence[str]) -> None:
    """Install some of the system's packages, as root."""
    names = ", ".join(packages)
    say(f"Installing the system's {names}")
    quiet = ["env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C", "apt-get"]
    for step in (["update"], ["install", "--yes", "--no-install-recommends", *packages]):
        errors = follow(f"fetching for {names}", [*quiet, *step], Path("/"))
        if errors is not None:
            raise Unavailable(f"{names} cannot be installed: {failed(errors)}")
