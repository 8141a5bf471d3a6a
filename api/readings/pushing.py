"""Taking readings in: small requests together with others, large ones each by itself."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool

from api.dependencies import Transactions, TransactionsDep
from api.key_uses import Uses
from api.metrics import Metrics
from api.readings.shared_pushes import AloneError, Gatherer, Push
from api.refresher import Refresher
from api.security import Admission
from dtbase.domain.readings.readings import IngestCounts
from dtbase.settings import get_settings
from dtbase.storage.database import take_long
from dtbase.storage.readings import readings
from dtbase.storage.readings.readings import OnConflict

SMALL = 16 * 1024
"""Bytes of a body that is stored together with others."""


@dataclass(frozen=True)
class Pushing:
    """The way of readings from a request into the store."""

    request: Request
    gatherer: Gatherer
    transactions: Transactions
    refresher: Refresher
    metrics: Metrics
    uses: Uses

    async def take(self, admission: Admission, on_conflict: OnConflict) -> IngestCounts:
        """Store the readings of the request, or refuse."""
        if self.small and on_conflict is OnConflict.REPLACE:
            counts = await self.store_with_others(await self.push(admission))
        else:
            # before the body is read, so that a stranger's never fills the memory
            await run_in_threadpool(self.admit, admission)
            push = await self.push(admission)
            counts = await run_in_threadpool(self.store, push, on_conflict)
        self.refresher.note()
        self.metrics.count_readings(counts)
        return counts

    @property
    def small(self) -> bool:
        """Tell whether the body is announced to be small."""
        announced = self.request.headers.get("content-length", "")
        packed = self.request.headers.get("content-encoding")
        return announced.isdecimal() and int(announced) <= SMALL and not packed

    async def push(self, admission: Admission) -> Push:
        """Read the body."""
        headers = self.request.headers
        return Push(
            admission=admission,
            body=await self.request.body(),
            content_type=headers.get("content-type", ""),
            encoding=headers.get("content-encoding", ""),
            limit=get_settings().max_body_bytes,
        )

    async def store_with_others(self, push: Push) -> IngestCounts:
        """Store a small request together with others, if that can be."""
        try:
            return await self.gatherer.store(push)
        except AloneError:
            return await run_in_threadpool(self.store, push, OnConflict.REPLACE)

    def admit(self, admission: Admission) -> None:
        """Refuse whoever may not push anything at all."""
        with self.transactions() as session:
            admission.admit(session, self.uses)

    def store(self, push: Push, on_conflict: OnConflict) -> IngestCounts:
        """Store one request in a transaction of its own."""
        with self.transactions() as session:
            asking = push.admission.admit(session, self.uses)
            take_long(session)
            return readings.write(session, push.read(asking), on_conflict)


async def get_pushing(request: Request, transactions: TransactionsDep) -> Pushing:
    """Return the way of readings from this request into the store."""
    state = request.app.state
    return Pushing(
        request, state.gatherer, transactions, state.refresher, state.metrics, state.uses
    )


PushingDep = Annotated[Pushing, Depends(get_pushing)]
