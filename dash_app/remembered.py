"""What is the same for everybody and asked often: remembered for a while by each process."""

from collections.abc import Callable
from math import inf
from threading import Lock
from time import monotonic
from typing import Generic, TypeVar

from dtbase.domain.people.users import User

T = TypeVar("T")
MOST_PEOPLE = 1_000
JUST_NOW = 10.0


class Remembered(Generic[T]):
    """The last answer, for so many seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = Lock()
        self._known: T | None = None
        self._asked_at = 0.0
        self._version: object = None

    def get(
        self, ask: Callable[[T | None], T], version: object = None, seconds: float | None = None
    ) -> T:
        """Return the answer, asked anew once it is too old, or of another version than wanted.

        One thread asks while the others wait. With `seconds` an answer of that age is good enough.
        """
        with self._lock:
            old = monotonic() - self._asked_at > (self._seconds if seconds is None else seconds)
            other = version is not None and version != self._version
            if self._known is None or old or other:
                self._known = ask(self._known)
                self._asked_at = monotonic()
                self._version = version
            return self._known

    def forget(self) -> None:
        """Let the next one ask."""
        with self._lock:
            self._known = None


class People:
    """Who is behind each session, for so many seconds and as long as nothing was changed."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._known: dict[str, tuple[float, object, User]] = {}

    def get(self, identity: str, ask: Callable[[], User], version: object) -> User:
        """Return the person, asked anew once that is too long ago or something was changed.

        A person kept at log-in has no version yet, and takes the first one that is asked about.
        """
        at, of, found = self._known.get(identity, (-inf, None, None))
        age = monotonic() - at
        if found is not None and of is None and age < JUST_NOW:
            self._known[identity] = (at, version, found)
            return found
        if found is not None and of == version and age < self._seconds:
            return found
        return self.put(identity, ask(), version)

    def put(self, identity: str, person: User, version: object) -> User:
        """Remember who it is, as of a version of all that can be changed."""
        if len(self._known) >= MOST_PEOPLE:
            self._known.clear()
        self._known[identity] = (monotonic(), version, person)
        return person

    def forget(self, identity: str) -> None:
        """Let the next one ask."""
        self._known.pop(identity, None)
