"""Slowing down whoever guesses passwords: per account and per address, counted in Redis.

An account's limit counts everybody together, save an address from which its owner has logged
in before: that one has a count of its own, so that a stranger cannot lock the owner out.
"""

import logging
from functools import cache
from hashlib import sha256
from threading import Lock
from time import monotonic
from typing import Annotated, NamedTuple, Protocol

from fastapi import Depends
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from dtbase.errors import TooMany
from dtbase.settings import get_settings

logger = logging.getLogger(__name__)

ACCOUNT_TRIES = 10
ADDRESS_TRIES = 60
WINDOW = 15 * 60
"""Seconds until failed tries are forgotten."""

KNOWN_FOR = 90 * 24 * 60 * 60
"""Seconds that an address stays known after a log-in."""

REMEMBERED_HERE = 10_000
"""Counts that a process keeps by itself while Redis is away."""


class Count(NamedTuple):
    """How often something was tried, and in how many seconds that is forgotten."""

    tries: int
    seconds: int


class Counts(Protocol):
    """Where tries are counted."""

    def knows(self, key: str) -> bool:
        """Tell whether a key was remembered."""

    def remember(self, key: str) -> None:
        """Keep a key in mind."""

    def add(self, key: str) -> Count:
        """Count one more try."""

    def take_back(self, key: str) -> None:
        """Uncount a try."""

    def forget(self, key: str) -> None:
        """Start again from none."""


class RedisCounts:
    """Counts that all processes share."""

    def __init__(self, redis: Redis, prefix: str) -> None:
        """Keep the counts under a prefix."""
        self._redis = redis
        self._prefix = prefix

    def knows(self, key: str) -> bool:
        return bool(self._redis.exists(self._prefix + key))

    def remember(self, key: str) -> None:
        """Keep a key in mind."""
        self._redis.set(self._prefix + key, 1, ex=KNOWN_FOR)

    def add(self, key: str, by: int = 1) -> Count:
        """Count one more try, in one step, so that tries at the same moment all count."""
        with self._redis.pipeline(transaction=True) as pipe:
            pipe.set(self._prefix + key, 0, ex=WINDOW, nx=True)
            pipe.incrby(self._prefix + key, by)
            pipe.ttl(self._prefix + key)
            _, tries, seconds = pipe.execute()
        return Count(tries, max(seconds, 1))

    def take_back(self, key: str) -> None:
        """Uncount a try."""
        self.add(key, by=-1)

    def forget(self, key: str) -> None:
        """Start again from none."""
        self._redis.delete(self._prefix + key)


class LocalCounts:
    """Counts of this process alone, for the time that Redis is away."""

    def __init__(self, most: int = REMEMBERED_HERE, window: int = WINDOW) -> None:
        """Start with no counts, keep so many at most, each for so many seconds."""
        self._counts: dict[str, tuple[int, float]] = {}
        self._most = most
        self._window = window
        self._lock = Lock()

    def knows(self, key: str) -> bool:
        """A process by itself remembers no owners."""
        return False

    def remember(self, key: str) -> None:
        """Remember nobody."""

    def add(self, key: str, by: int = 1) -> Count:
        """Count one more try."""
        now = monotonic()
        with self._lock:
            tries, ends = self._counts.pop(key, (0, now))
            if ends <= now:
                tries, ends = 0, now + self._window
            self._counts[key] = (tries + by, ends)
            while len(self._counts) > self._most:
                del self._counts[next(iter(self._counts))]
        return Count(tries + by, int(ends - now) + 1)

    def take_back(self, key: str) -> None:
        """Uncount a try."""
        self.add(key, by=-1)

    def forget(self, key: str) -> None:
        """Start again from none."""
        self._counts.pop(key, None)


class Throttle:
    """Counts tries to log in and refuses too many."""

    def __init__(self, redis: Redis, prefix: str = "dtbase:log-in:") -> None:
        """Count in Redis; while it is away, count in this process."""
        self.prefix = prefix
        self._shared = RedisCounts(redis, prefix)
        self._local = LocalCounts()

    def attempt(self, email: str, address: str) -> None:
        """Count a try before the password is looked at, or refuse it."""
        try:
            count_try(self._shared, email, address)
        except RedisError:
            logger.warning("Redis does not answer; log-ins are counted by each process alone")
            count_try(self._local, email, address)

    def succeed(self, email: str, address: str) -> None:
        """Forget the tries of somebody who proved to be the owner."""
        try:
            forgive(self._shared, email, address)
        except RedisError:
            forgive(self._local, email, address)


def count_try(counts: Counts, email: str, address: str) -> None:
    """Count for the account and for the address; refuse what is over either limit."""
    account = counts.add(account_key(counts, email, address))
    place = counts.add(f"address:{address}")
    waits = [account.seconds] * (account.tries > ACCOUNT_TRIES)
    waits += [place.seconds] * (place.tries > ADDRESS_TRIES)
    if waits:
        wait = max(waits)
        raise TooMany(f"too many tries to log in; wait {wait} seconds", retry_after=wait)


def forgive(counts: Counts, email: str, address: str) -> None:
    """Clear the account's count, and take this one try off the address's."""
    counts.forget(account_key(counts, email, address))
    counts.take_back(f"address:{address}")
    counts.remember(f"known:{digest(email)}:{address}")


def account_key(counts: Counts, email: str, address: str) -> str:
    """Name the count of an account: its own where the owner has been before."""
    account = digest(email)
    known = counts.knows(f"known:{account}:{address}")
    return f"account:{account}:{address}" if known else f"account:{account}"


def digest(email: str) -> str:
    """Return what stands for an e-mail, so that Redis holds no addresses of people."""
    return sha256(email.encode()).hexdigest()


@cache
def get_throttle() -> Throttle:
    """Return the process's one throttle; a Redis that hangs delays nobody by much."""
    return Throttle(
        Redis.from_url(
            str(get_settings().redis_url),
            socket_connect_timeout=0.5,
            socket_timeout=0.5,
            retry=Retry(NoBackoff(), 1),
        )
    )


ThrottleDep = Annotated[Throttle, Depends(get_throttle)]
