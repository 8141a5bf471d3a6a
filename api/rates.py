"""How often one caller may ask: far above what any device or page needs, below what harms all."""

from functools import cache

from api.throttle import LocalCounts
from dtbase.errors import TooMany
from dtbase.settings import get_settings

WINDOW = 60
"""Seconds over which requests are counted, from a caller's first one."""


class Rates:
    """Counts the requests of each key, and of each person's sessions, in this process."""

    def __init__(self, most: int) -> None:
        """Allow so many a minute."""
        self._most = most
        self._counts = LocalCounts(window=WINDOW)

    def count(self, caller: str) -> None:
        """Count a request, or refuse it."""
        count = self._counts.add(caller)
        if count.tries > self._most:
            raise TooMany(
                f"more than {self._most:,} requests in a minute; wait {count.seconds} seconds",
                retry_after=count.seconds,
            )

    def take_back(self, caller: str) -> None:
        """Uncount a request that is counted again."""
        self._counts.take_back(caller)


@cache
def get_rates() -> Rates:
    """Return the counts of this process."""
    return Rates(get_settings().requests_per_minute)
