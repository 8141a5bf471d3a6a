"""What the thread of a route finds out before it begins.

FastAPI would take a thread for each dependency that waits, one for the route, and one to commit;
each hand-over costs more than most statements. So such a dependency only says how to find out, and
the thread of the route does, in the order of its parameters, and commits.
"""

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

from sqlalchemy.orm import Session

T = TypeVar("T")

END = "end of the request"
"""Under what a session keeps how it is ended early, in the thread that has used it."""


class Deferred(Generic[T]):
    """Something that is found out once, when it is asked for."""

    def __init__(self, find: Callable[[], T]) -> None:
        self._find = find
        self._found: list[T] = []

    def get(self) -> T:
        """Find it out, or return what was found."""
        if not self._found:
            self._found.append(self._find())
        return self._found[0]


def carry_out(work: Callable[..., T], values: Mapping[str, Any]) -> T:
    """Find out what is deferred, do the work, and end its transaction."""
    known = {
        name: each.get() if isinstance(each, Deferred) else each for name, each in values.items()
    }
    done = work(**known)
    for each in known.values():
        if isinstance(each, Session):
            each.info.pop(END, nothing)()
    return done


def nothing() -> None:
    """End nothing: whoever gave the session does."""
