"""Answering a query of readings in one thread and one transaction: a chart asks often."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Response
from fastapi.concurrency import run_in_threadpool

from api.dependencies import Transactions, TransactionsDep, UsesDep
from api.key_uses import Uses
from api.readings import queries
from api.readings.downloads import Snapshot, SnapshotDep
from api.readings.queries import ReadingsQuery
from api.security import Admission
from dtbase.domain.readings.answers import Format


@dataclass(frozen=True)
class Querying:
    """The way of a query from a request to its answer."""

    transactions: Transactions
    snapshot: Snapshot
    uses: Uses

    async def answer(self, admission: Admission, query: ReadingsQuery, format_: Format) -> Response:
        """Answer whoever may ask, or refuse."""
        return await run_in_threadpool(self._answer, admission, query, format_)

    def _answer(self, admission: Admission, query: ReadingsQuery, format_: Format) -> Response:
        with self.transactions() as session:
            admission.admit(session, self.uses)
            queries.refuse_layout(format_, query.layout)
            planned = queries.plan(session, query)
            if format_ is Format.JSON:
                return queries.answer(session, planned)
            return queries.download(self.snapshot, planned, format_, query.layout)


async def get_querying(
    transactions: TransactionsDep, snapshot: SnapshotDep, uses: UsesDep
) -> Querying:
    """Return the way of this request's query to its answer."""
    return Querying(transactions, snapshot, uses)


QueryingDep = Annotated[Querying, Depends(get_querying)]
