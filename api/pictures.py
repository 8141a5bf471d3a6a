"""The way of a picture from a request into the store."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from api.bodies import receive
from api.callers import Admission
from api.dependencies import StateDep, Transactions, TransactionsDep
from api.memory import share_of
from api.state import AppState
from dtbase.domain.registry.floor_plans import FloorPlan
from dtbase.domain.versions import Expected
from dtbase.formats.pictures import MOST_BYTES, MOST_PIXELS, Picture, taken
from dtbase.settings import get_settings
from dtbase.storage.registry import floor_plans, locations

DRAWING = 8 * MOST_PIXELS
"""Bytes that drawing a picture anew takes at most: four for a pixel, and a second time smaller."""


@dataclass(frozen=True)
class Pictures:
    """Takes pictures in, within the memory that there is for all."""

    request: Request
    transactions: Transactions
    state: AppState

    async def take(self, admission: Admission, location: str, expected: Expected) -> FloorPlan:
        """Receive a picture from whoever may bring it, and keep it."""
        await run_in_threadpool(self.admit, admission, location)  # before the body is read
        limit = min(MOST_BYTES, get_settings().max_body_bytes)
        memory = self.state.memory
        async with share_of(memory.received) as share:
            content, _ = await receive(self.request, limit, share, "")
            async with share_of(memory.read, DRAWING):
                picture = await run_in_threadpool(taken, content)
        return await run_in_threadpool(self.store, admission, location, picture, expected)

    def admit(self, admission: Admission, location: str) -> None:
        """Refuse whoever may not, and a location that there is not."""
        with self.transactions() as session:
            admission.admit(session, self.state.uses)
            locations.get(session, location)

    def store(
        self, admission: Admission, location: str, picture: Picture, expected: Expected
    ) -> FloorPlan:
        with self.transactions() as session:
            admission.admit(session, self.state.uses)
            return floor_plans.put(session, location, picture, expected)


async def get_pictures(
    request: Request, transactions: TransactionsDep, state: StateDep
) -> Pictures:
    """Return the way of a picture from this request into the store."""
    return Pictures(request, transactions, state)


PicturesDep = Annotated[Pictures, Depends(get_pictures)]
