"""Hashing passwords, by Argon2id."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import cache, cached_property
from secrets import token_bytes
from threading import BoundedSemaphore
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

from dtbase.errors import TooMany

AT_ONCE = 4
"""Each hash takes 64 MiB and a core for a moment; log-ins must not take the machine."""
PATIENCE = 2.0
"""Seconds to wait for a place; whoever waits keeps a thread of the API from others."""
LONG_PATIENCE = 60.0
"""Seconds to wait for one in the midst of many, who would all have been hashed for nothing."""


class Hasher:
    """Makes and checks password hashes; a test gives cheap parameters."""

    def __init__(self, argon2: PasswordHasher | None = None) -> None:
        """Use the library's recommended profile unless told otherwise."""
        self._argon2 = argon2 or PasswordHasher()
        self._places = BoundedSemaphore(AT_ONCE)
        self._many = BoundedSemaphore(1)

    @cached_property
    def _nobody(self) -> str:
        """What no password fits, in the form of a hash: made of chance, as to hash takes time.

        The first log-in of somebody unknown would else take twice as long, and tell so.
        """
        used = self._argon2
        costs = f"m={used.memory_cost},t={used.time_cost},p={used.parallelism}"
        salt, digest = chance(used.salt_len), chance(used.hash_len)
        return f"$argon2id$v={ARGON2_VERSION}${costs}${salt}${digest}"

    def hash(self, password: str) -> str:
        """Return the hash to store, with its salt and parameters."""
        return self._hash(password, PATIENCE)

    def _hash(self, password: str, patience: float) -> str:
        with self._place(patience):
            return self._argon2.hash(normalize("NFKC", password))

    def hash_many(self, passwords: Sequence[str]) -> Sequence[str]:
        """Return a hash for each: one after another, and for one caller at a time.

        So whoever logs in meanwhile finds a place, however many are let in at once.
        """
        with place(
            self._many, PATIENCE, "many people are being let in; try again when that is done"
        ):
            return [self._hash(each, LONG_PATIENCE) for each in passwords]

    def verify(self, stored: str | None, password: str) -> bool:
        """Tell whether the password fits; without a stored hash it takes as long and is false."""
        try:
            with self._place(PATIENCE):
                self._argon2.verify(stored or self._nobody, normalize("NFKC", password))
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    def outdated(self, stored: str) -> bool:
        """Tell whether a hash was made with parameters other than today's."""
        return self._argon2.check_needs_rehash(stored)

    def _place(self, patience: float) -> AbstractContextManager[None]:
        return place(self._places, patience, "many people are logging in; try again in a moment")


def chance(length: int) -> str:
    """Return so many bytes as a hash writes them."""
    return b64encode(token_bytes(length)).rstrip(b"=").decode()


@contextmanager
def place(places: BoundedSemaphore, patience: float, otherwise: str) -> Iterator[None]:
    """Take a place for a while, or be told to come again."""
    if not places.acquire(timeout=patience):
        raise TooMany(otherwise)
    try:
        yield
    finally:
        places.release()


@cache
def get_hasher() -> Hasher:
    """Return the process's one hasher."""
    return Hasher()
