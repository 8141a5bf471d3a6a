"""How much work one call may take: counted in steps, never by a clock."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Exhausted(Exception):
    """The work would take more steps than it may."""


class Budget:
    """Steps that are left."""

    def __init__(self, steps: int) -> None:
        self.left = steps

    def spend(self, steps: int) -> None:
        """Take steps, or stop the work."""
        self.left -= steps
        if self.left < 0:
            raise Exhausted


_current: ContextVar[Budget] = ContextVar("budget")


@contextmanager
def at_most(steps: int) -> Iterator[None]:
    """Allow the block so many steps, and never more than an enclosing block has left."""
    whole = _current.get(None)
    budget = Budget(steps if whole is None else min(steps, whole.left))
    given = budget.left
    token = _current.set(budget)
    try:
        yield
    finally:
        _current.reset(token)
        if whole is not None:
            whole.left -= given - max(budget.left, 0)


def spend(steps: int) -> None:
    """Take steps from the budget of the call that we are in."""
    _current.get().spend(steps)
