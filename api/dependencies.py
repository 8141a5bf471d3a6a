"""What a request needs beside its parameters."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from api.key_uses import Uses
from api.metrics import Metrics
from api.refresher import Refresher
from api.watch import Watch
from dtbase.storage.database import request_transaction


def get_session() -> Iterator[Session]:
    """Open the transaction of one request; an error rolls it back."""
    with request_transaction() as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session, scope="function")]
"""The request's session, committed before the answer leaves, so a failed commit is no 200."""


Transactions = Callable[[], AbstractContextManager[Session]]


async def get_transactions() -> Transactions:
    """Return how a request opens its transaction by itself, in the thread that does the work.

    What is asked often does so: each dependency that waits takes the way through a thread anew.
    """
    return request_transaction


TransactionsDep = Annotated[Transactions, Depends(get_transactions)]


async def get_refresher(request: Request) -> Refresher:
    """Return the application's thread that keeps aggregates up to date.

    Asynchronous, as is all that waits for nothing: that spares the way through a thread.
    """
    refresher = request.app.state.refresher
    assert isinstance(refresher, Refresher)
    return refresher


RefresherDep = Annotated[Refresher, Depends(get_refresher)]


async def get_uses(request: Request) -> Uses:
    """Return the application's thread that writes down when keys were used."""
    uses = request.app.state.uses
    assert isinstance(uses, Uses)
    return uses


UsesDep = Annotated[Uses, Depends(get_uses)]


async def get_metrics(request: Request) -> Metrics:
    """Return the counters of this process."""
    metrics = request.app.state.metrics
    assert isinstance(metrics, Metrics)
    return metrics


MetricsDep = Annotated[Metrics, Depends(get_metrics)]


async def get_watch(request: Request) -> Watch:
    """Return who watches over the services that the application stands on."""
    watch = request.app.state.watch
    assert isinstance(watch, Watch)
    return watch


WatchDep = Annotated[Watch, Depends(get_watch)]
