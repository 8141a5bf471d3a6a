"""Hashing passwords, by Argon2id."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import BoundedSemaphore
from unicodedata import normalize

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from dtbase.errors import TooMany

AT_ONCE = 4
"""Each hash takes 64 MiB and a core for a moment; log-ins must not take the machine."""
PATIENCE = 2.0
"""Seconds to wait for a place; whoever waits keeps a thread of the API from others."""


class Hasher:
    """Makes and checks password hashes; a test gives cheap parameters."""

    def __init__(self, argon2: PasswordHasher | None = None) -> None:
        """Use the library's recommended profile unless told otherwise."""
        self._argon2 = argon2 or PasswordHasher()
        self._places = BoundedSemaphore(AT_ONCE)
        self._nobody = self._argon2.hash("")

    def hash(self, password: str) -> str:
        """Return the hash to store, with its salt and parameters."""
        with self._place():
            return self._argon2.hash(normalize("NFKC", password))

    def verify(self, stored: str | None, password: str) -> bool:
        """Tell whether the password fits; without a stored hash it takes as long and is false."""
        try:
            with self._place():
                self._argon2.verify(stored or self._nobody, normalize("NFKC", password))
        except (VerificationError, InvalidHashError):
            return False
        return stored is not None

    def outdated(self, stored: str) -> bool:
        """Tell whether a hash was made with parameters other than today's."""
        return self._argon2.check_needs_rehash(stored)

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(timeout=PATIENCE):
            raise TooMany("many people are logging in; try again in a moment")
        try:
            yield
        finally:
            self._places.release()


@cache
def get_hasher() -> Hasher:
    """Return the process's one hasher."""
    return Hasher()
