"""Small requests that come at the same time are stored together, with one commit for all.

Those that come while one group is on its way to the disk make the next, so nobody waits for
others to come, and the more come at once the less each costs.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import NamedTuple

from sqlalchemy.orm import Session

from api.callers import Admission, Principal
from api.key_uses import Uses
from api.readings.brought import AloneError, Push
from api.readings.recalled_pushes import RecalledPushes
from api.remembered import Remembered
from api.threads import BackgroundThread
from dtbase.domain.readings.batches import Batch
from dtbase.domain.readings.readings import IngestCounts
from dtbase.errors import DTBaseError
from dtbase.storage.database import hurried_transaction
from dtbase.storage.readings import shared_writes

logger = logging.getLogger(__name__)

MOST = 200
"""So many requests are stored together."""

THREADS = 2
"""While one group waits for the disk, another one is prepared."""


class Waiting(NamedTuple):
    """A push, and the request that waits for what becomes of it."""

    push: Push
    loop: asyncio.AbstractEventLoop
    answer: asyncio.Future[IngestCounts]

    def tell(self, outcome: IngestCounts | Exception | None) -> None:
        """Let the request go on."""
        self.loop.call_soon_threadsafe(self.settle, outcome)

    def settle(self, outcome: IngestCounts | Exception | None) -> None:
        """Note the outcome, unless the request has gone."""
        if self.answer.done():
            return
        if isinstance(outcome, IngestCounts):
            self.answer.set_result(outcome)
        else:
            self.answer.set_exception(outcome or AloneError())


class GroupCommit:
    """Stores with one commit what has come together."""

    def __init__(
        self,
        uses: Uses,
        remembered: Remembered,
        open_: Callable[[], AbstractContextManager[Session]] = hurried_transaction,
    ) -> None:
        """Prepare the threads, which the application starts."""
        self._uses = uses
        self._remembered = remembered
        self._recalled = RecalledPushes(remembered, uses)
        self._open = open_
        self._waiting: deque[Waiting] = deque()
        self.thread = BackgroundThread("group commit", self._store_all, count=THREADS)

    async def store(self, push: Push) -> IngestCounts:
        """Store readings with those of others, or raise AloneError."""
        if not self.thread.running:
            raise AloneError
        taken = self._recalled.take(push)
        if taken is not None and (counts := await taken) is not None:
            return counts
        loop = asyncio.get_running_loop()
        waiting = Waiting(push, loop, loop.create_future())
        self._waiting.append(waiting)
        self.thread.wake()
        return await waiting.answer

    async def close(self) -> None:
        """End the connections of the loop."""
        await self._recalled.close()

    def _store_all(self) -> None:
        while group := self._next():
            self._store(group)

    def _next(self) -> Sequence[Waiting]:
        """Return what has come; nothing when all of it was taken."""
        group: list[Waiting] = []
        while len(group) < MOST:
            try:
                group.append(self._waiting.popleft())
            except IndexError:  # the other thread may have taken what was there
                break
        return group

    def _store(self, group: Sequence[Waiting]) -> None:
        """Store a group; whatever goes wrong with the whole of it, each tries by itself."""
        try:
            with self._open() as session:
                outcomes = self._outcomes(session, group)
        except Exception as error:
            logger.info("%s requests are stored one by one: %s", len(group), error)
            outcomes = [None] * len(group)
        for waiting, outcome in zip(group, outcomes, strict=True):
            waiting.tell(outcome)

    def _outcomes(
        self, session: Session, group: Sequence[Waiting]
    ) -> Sequence[IngestCounts | Exception | None]:
        """Read and store what each brings; a refusal is the outcome of that one alone."""
        outcomes: list[IngestCounts | Exception | None] = [None] * len(group)
        known = look_up(session, self._uses, [each.push.admission for each in group])
        batches: dict[int, Batch] = {}
        for place, waiting in enumerate(group):
            try:
                push = waiting.push
                batches[place] = push.read(push.admission.admit_among(known))
            except DTBaseError as refusal:
                outcomes[place] = refusal
        self._remembered.keep_callers(known)
        stored = shared_writes.write(session, list(batches.values()), self._remembered.keep_series)
        for place, outcome in zip(batches, stored, strict=True):
            outcomes[place] = outcome
        return outcomes


def look_up(session: Session, uses: Uses, coming: Sequence[Admission]) -> Mapping[str, Principal]:
    """Tell who brings the tokens of all that come together, who came to the same route."""
    return coming[0].identify(session, {admission.token for admission in coming}, uses)
