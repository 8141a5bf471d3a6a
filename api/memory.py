"""One budget of memory for all bodies that are received and read at a time."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

from dtbase.errors import Unavailable

WAIT = 10.0
"""Seconds to wait for others to end."""

RETRY_AFTER = 5
"""Seconds after which whoever did not fit may try again."""

USUAL = 512 * 1024 * 1024
LEAST = 64 * 1024 * 1024
"""What bodies have in all where nobody says it, and at least."""

ITSELF = 320 * 1024 * 1024
"""What API and the process that reads JSON for it take without any body (measured)."""

A_BYTE = 1.6
"""What a byte of the budget takes at the most (measured with `make bench`'s hostile bodies)."""

LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
"""Where a container sees how much memory it has: in control groups of version 2, and 1."""

FULL = "other large bodies are being read; try again soon"


class Waiting(NamedTuple):
    """Somebody who waits for memory."""

    amount: int
    turn: asyncio.Future[None]


class Budget:
    """Bytes that are handed out in the order in which they are asked for; one event loop's."""

    def __init__(self, total: int, wait: float = WAIT) -> None:
        self.total = self.free = total
        self._wait = wait
        self._waiting: deque[Waiting] = deque()

    async def take(self, amount: int) -> None:
        """Take some, as soon as it is there, or raise Unavailable; nobody gets more than all."""
        if not self._waiting and amount <= self.free:
            self.free -= amount
            return
        waiting = Waiting(amount, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        try:
            async with asyncio.timeout(self._wait):
                await waiting.turn
        except TimeoutError as error:
            raise Unavailable(FULL, retry_after=RETRY_AFTER) from error
        finally:
            self._leave(waiting)

    def give_back(self, amount: int) -> None:
        """Return some, and let those go on who wait for it."""
        self.free += amount
        self._hand_out()

    def _leave(self, waiting: Waiting) -> None:
        """Take somebody out of the queue; who goes although it was their turn gives it back."""
        if waiting in self._waiting:
            self._waiting.remove(waiting)
            self._hand_out()
        elif waiting.turn.cancelled():
            self.give_back(waiting.amount)

    def _hand_out(self) -> None:
        while self._waiting and self._waiting[0].amount <= self.free:
            waiting = self._waiting.popleft()
            self.free -= waiting.amount
            if not waiting.turn.done():
                waiting.turn.set_result(None)


class Share:
    """What one body has of a budget: more as it grows."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._held = 0

    async def grow_to(self, amount: int) -> None:
        """Hold so much; more than there is at all counts as all."""
        wanted = min(amount, self._budget.total)
        if wanted > self._held:
            await self._budget.take(wanted - self._held)
            self._held = wanted

    def end(self) -> None:
        """Give everything back."""
        self._budget.give_back(self._held)
        self._held = 0


@dataclass(frozen=True)
class BodyMemory:
    """The memory of bodies while they come in, and of what is read from them.

    They are two budgets, so that those who still wait for bytes cannot hold up those who have all.
    """

    received: Budget
    read: Budget

    @classmethod
    def of(cls, total: int) -> Self:
        """Split a number of bytes: reading takes several times of what is received."""
        return cls(Budget(total // 4), Budget(total - total // 4))


@asynccontextmanager
async def share_of(budget: Budget, amount: int = 0) -> AsyncIterator[Share]:
    """Hold some of a budget for a while."""
    share = Share(budget)
    try:
        await share.grow_to(amount)
        yield share
    finally:
        share.end()


def usual_total(limits: Sequence[Path] = LIMITS) -> int:
    """Return how much bodies may take here: less in a container that has little."""
    found = [int(said) for each in limits if (said := said_by(each)).isdigit()]
    fitting = [int((limit - ITSELF) / A_BYTE) for limit in found]
    return max(min([USUAL, *fitting]), LEAST)


def said_by(path: Path) -> str:
    """Return what a file of the kernel says; nothing where there is none."""
    try:
        return path.read_text().strip()
    except OSError:
        return ""
