"""Taking readings in: small requests together with others, large ones each by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, NamedTuple

from fastapi import Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool

from api.bodies import DOCUMENT, announced, is_small, receive
from api.callers import Admission
from api.dependencies import StateDep, Transactions, TransactionsDep
from api.memory import share_of
from api.readings.brought import AloneError, Push
from api.readings.recalled_pushes import may
from api.refusals import set_aside
from api.security import KEY
from api.state import AppState, state_of
from dtbase.domain.bounds.units import LONGEST
from dtbase.domain.people.keys import Key
from dtbase.domain.readings.batches import Batch
from dtbase.domain.readings.readings import IngestCounts
from dtbase.domain.registry.stamps import NOTHING_SAID, At, Said, said_in
from dtbase.errors import DTBaseError
from dtbase.formats.bodies import JSON, kind_of
from dtbase.settings import get_settings
from dtbase.storage.database import take_long
from dtbase.storage.imports import imports
from dtbase.storage.readings import readings
from dtbase.storage.readings.readings import OnConflict, OnInvalid


class Handling(NamedTuple):
    """What is done with readings that clash, or are wrong in form."""

    on_conflict: OnConflict = OnConflict.REPLACE
    on_invalid: OnInvalid = OnInvalid.REFUSE


Interval = Annotated[
    str | None,
    Query(max_length=10, description="How long intervals are, with stamps=end, such as 1h."),
]

ImportOf = Annotated[
    int | None,
    Query(ge=1, le=2**31 - 1, description="One's own import that the readings belong to."),
]


async def get_said(
    unit: Annotated[
        str | None,
        Query(
            max_length=LONGEST,
            description="The unit of the values; they are stored in the measure's.",
        ),
    ] = None,
    stamps: Annotated[
        At | None, Query(description="Where in its interval a time lies; the start is stored.")
    ] = None,
    interval: Interval = None,
    timezone: Annotated[
        str | None,
        Query(
            max_length=100,
            description="The zone whose days 1d means; without it a day has 24 hours.",
        ),
    ] = None,
) -> Said:
    """Return what a push says of all its readings, where they say nothing themselves."""
    said = {"unit": unit, "stamps": stamps, "interval": interval, "timezone": timezone}
    return said_in(said)


@dataclass(frozen=True)
class Pushing:
    """The way of readings from a request into the store."""

    request: Request
    transactions: Transactions
    state: AppState
    said: Said
    import_id: int | None = None

    async def take(self, admission: Admission, handling: Handling) -> IngestCounts:
        """Store the readings of the request, or refuse."""
        if self.small and self.import_id is None and handling == Handling():
            push = self.push(admission, await self.request.body())
            counts = await self.store_with_others(push)
        else:
            counts = await self.store_large(admission, handling)
        self.state.refresher.note()
        self.state.metrics.count_readings(counts)
        key = self.request.scope.get(KEY)
        if counts.set_aside and isinstance(key, Key):
            self.state.refusals.note(key, set_aside(self.request, counts))
        return counts

    @property
    def small(self) -> bool:
        """Tell whether the body is announced to be small."""
        headers = self.request.headers
        return is_small(headers) and not headers.get("content-encoding")

    def push(self, admission: Admission, body: bytes) -> Push:
        """Return what the request brings."""
        headers = self.request.headers
        return Push(
            admission=admission,
            body=body,
            content_type=headers.get("content-type", ""),
            encoding=headers.get("content-encoding", ""),
            limit=get_settings().max_body_bytes,
            said=self.said,
        )

    async def store_large(self, admission: Admission, handling: Handling) -> IngestCounts:
        """Store a large request by itself; who asks is known, or trusted, before a body is read."""
        if not self.trusts(admission):
            await run_in_threadpool(self.look, admission)
            return await self.store_received(admission, handling)
        try:
            return await self.store_received(admission, handling, trusted=True)
        except DTBaseError:
            self.state.remembered.forget([admission.token], ())
            await run_in_threadpool(self.look, admission)  # a stranger is not told what is wrong
            raise

    def trusts(self, admission: Admission) -> bool:
        """Tell whether somebody has pushed before, and now brings no more than a document.

        Such a body is read at once: whether they still may is asked as it is stored.
        """
        headers = self.request.headers
        length, asking = announced(headers), self.state.remembered.caller(admission)
        if asking is None or length is None or length > DOCUMENT:
            return False
        return not headers.get("content-encoding") and may(admission, asking, set())

    async def store_received(
        self, admission: Admission, handling: Handling, *, trusted: bool = False
    ) -> IngestCounts:
        """Receive and store a large request, in the memory that there is for all of them."""
        limit = get_settings().max_body_bytes
        memory = self.state.memory
        async with share_of(memory.received) as share:
            kind = kind_of(self.request.headers.get("content-type", ""))
            body, weight = await receive(self.request, limit, share, kind)
            push = self.push(admission, body)
            async with share_of(memory.read, weight):
                if trusted:
                    return await run_in_threadpool(self.store, admission, push.decode, handling)
                return await run_in_threadpool(self.store_decoded, push, weight, handling)

    async def store_with_others(self, push: Push) -> IngestCounts:
        """Store a small request together with others, if that can be."""
        try:
            return await self.state.pushes.store(push)
        except AloneError:
            return await run_in_threadpool(self.store, push.admission, push.decode, Handling())

    def look(self, admission: Admission) -> None:
        """Refuse whoever may not push anything at all."""
        with self.transactions() as session:
            admission.look(session, self.state.uses)

    def store_decoded(self, push: Push, weight: int, handling: Handling) -> IngestCounts:
        """Decode a large body, before a transaction is opened for it."""
        batch = self.decode(push, weight)
        return self.store(push.admission, lambda: batch, handling)

    def decode(self, push: Push, weight: int) -> Batch:
        """Decode a large body, which of heavy JSON another process does."""
        if kind_of(push.content_type) != JSON:
            return push.decode()
        return self.state.json_reader.decode(push.unpacked(), weight).supplemented(push.said)

    def store(
        self, admission: Admission, read: Callable[[], Batch], handling: Handling
    ) -> IngestCounts:
        """Store the readings of one request in a transaction of its own."""
        with self.transactions() as session:
            asking = admission.admit(session, self.state.uses)
            self.state.remembered.keep_callers({admission.token: asking})
            batch = read()
            asking.check_push(batch.sensors)
            take_long(session)
            if self.import_id is None:
                return readings.write(session, batch, *handling)
            return imports.write(session, self.import_id, batch, *handling)


async def push_shortly(
    request: Request, admission: Admission, transactions: Transactions
) -> Response:
    """Store the readings of a request that says nothing but them, as most that devices send."""
    pushing = Pushing(request, transactions, state_of(request.app), NOTHING_SAID)
    counts = await pushing.take(admission, Handling())
    return Response(counts.model_dump_json(), media_type="application/json")


async def get_pushing(
    request: Request,
    transactions: TransactionsDep,
    state: StateDep,
    said: Annotated[Said, Depends(get_said)],
    import_id: ImportOf = None,
) -> Pushing:
    """Return the way of readings from this request into the store."""
    return Pushing(request, transactions, state, said, import_id)


PushingDep = Annotated[Pushing, Depends(get_pushing)]
