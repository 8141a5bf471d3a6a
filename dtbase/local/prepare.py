"""`make test` before the tests: the browser and the servers they need, with progress."""

import sys

from dtbase.errors import DTBaseError
from dtbase.local import programs, system
from dtbase.local.places import open_state
from dtbase.settings import get_local_settings


def main() -> None:
    """Install or fetch what the tests need, or say in one sentence what is missing."""
    try:
        system.ensure_for_tests()
        system.ensure_zones()
        mirror = get_local_settings().debian_mirror
        programs.find(open_state(), database=True, redis=True, mirror=mirror)
    except DTBaseError as error:
        sys.exit(f"dtbase: {error.detail}")


if __name__ == "__main__":
    main()
