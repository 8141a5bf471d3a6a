"""The way of a picture or a shape of a location from a request into the store."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from api.bodies import receive
from api.callers import Admission
from api.dependencies import StateDep, Transactions, TransactionsDep
from api.memory import share_of
from api.state import AppState
from dtbase.domain.registry.floor_plans import FloorPlan
from dtbase.domain.registry.shapes import Shape
from dtbase.domain.versions import Expected
from dtbase.formats import pictures as picture_files
from dtbase.formats import shapes as shape_files
from dtbase.settings import get_settings
from dtbase.storage.registry import floor_plans, locations, shapes

F = TypeVar("F")
T = TypeVar("T")
CHECKING = 8 * picture_files.MOST_PIXELS
"""Bytes that drawing a picture anew takes at most: four for a pixel, and a second time smaller.

The JSON of a shape, four million characters at most, takes less.
"""


@dataclass(frozen=True)
class Kind(Generic[F, T]):
    """What may be brought: how it is checked, how it is stored, and how large it may be."""

    taken: Callable[[bytes], F]
    put: Callable[[Session, str, F, Expected], T]
    most_bytes: int


PICTURES = Kind(picture_files.taken, floor_plans.put, picture_files.MOST_BYTES)
SHAPES = Kind(shape_files.taken, shapes.put, shape_files.MOST_BYTES)


@dataclass(frozen=True)
class Brought(Generic[F, T]):
    """Takes files in, within the memory that there is for all."""

    request: Request
    transactions: Transactions
    state: AppState
    kind: Kind[F, T]

    async def take(self, admission: Admission, location: str, expected: Expected) -> T:
        """Receive a file from whoever may bring it, and keep it."""
        await run_in_threadpool(self.admit, admission, location)  # before the body is read
        limit = min(self.kind.most_bytes, get_settings().max_body_bytes)
        memory = self.state.memory
        async with share_of(memory.received) as share:
            content, _ = await receive(self.request, limit, share, "")
            async with share_of(memory.read, CHECKING):
                file = await run_in_threadpool(self.kind.taken, content)
        return await run_in_threadpool(self.store, admission, location, file, expected)

    def admit(self, admission: Admission, location: str) -> None:
        """Refuse whoever may not, and a location that there is not."""
        with self.transactions() as session:
            admission.admit(session, self.state.uses)
            locations.get(session, location)

    def store(self, admission: Admission, location: str, file: F, expected: Expected) -> T:
        with self.transactions() as session:
            admission.admit(session, self.state.uses)
            return self.kind.put(session, location, file, expected)


async def get_pictures(
    request: Request, transactions: TransactionsDep, state: StateDep
) -> Brought[picture_files.Picture, FloorPlan]:
    """Return the way of a picture from this request into the store."""
    return Brought(request, transactions, state, PICTURES)


async def get_shapes(
    request: Request, transactions: TransactionsDep, state: StateDep
) -> Brought[shape_files.ShapeFile, Shape]:
    """Return the way of a shape from this request into the store."""
    return Brought(request, transactions, state, SHAPES)


PicturesDep = Annotated[Brought[picture_files.Picture, FloorPlan], Depends(get_pictures)]
ShapesDep = Annotated[Brought[shape_files.ShapeFile, Shape], Depends(get_shapes)]
