"""What the requests of one process share."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Self

from fastapi import FastAPI, Request

from api.briefly import Briefly
from api.key_uses import Uses
from api.memory import BodyMemory, usual_total
from api.metrics import Metrics
from api.readings.group_commit import GroupCommit
from api.readings.json_reader import JsonReader
from api.refresher import Refresher
from api.refusals import Refusals
from api.remembered import Remembered
from api.watch import Watch
from dtbase.domain.registry.twin import Twin


@dataclass(frozen=True)
class AppState:
    """What the requests of one process share, and the threads that live with it."""

    metrics: Metrics
    refresher: Refresher
    uses: Uses
    refusals: Refusals
    pushes: GroupCommit
    watch: Watch
    memory: BodyMemory
    json_reader: JsonReader
    twin: Briefly[Twin]
    remembered: Remembered

    @classmethod
    def new(cls, body_memory: int | None) -> Self:
        """Make what a new application needs."""
        uses, remembered = Uses(), Remembered()
        return cls(
            Metrics(),
            Refresher(),
            uses,
            Refusals(),
            GroupCommit(uses, remembered),
            Watch(),
            BodyMemory.of(body_memory or usual_total()),
            JsonReader(),
            Briefly(),
            remembered,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep what works beside the requests running; pushes end first: they give others work."""
        threads = (
            self.refresher.thread,
            self.uses.thread,
            self.refusals.thread,
            self.pushes.thread,
        )
        self.watch.start()
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            await self.pushes.close()
            for thread in reversed(threads):
                thread.stop()
            self.json_reader.stop()
            await self.watch.stop()


def install(app: FastAPI, state: AppState) -> None:
    """Give an application its state."""
    app.state.shared = state


def state_of(app: FastAPI) -> AppState:
    shared = app.state.shared
    assert isinstance(shared, AppState)
    return shared


async def get_state(request: Request) -> AppState:
    """Return the application's state.

    Asynchronous, as is all that waits for nothing: that spares the way through a thread.
    """
    return state_of(request.app)
