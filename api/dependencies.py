"""What a request needs beside its parameters."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager, ExitStack
from inspect import isawaitable
from typing import Annotated, TypeVar

from fastapi import Depends, FastAPI, Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session

from api.deferred import END
from api.key_uses import Uses
from api.metrics import Metrics
from api.refresher import Refresher
from api.state import AppState, get_state
from api.watch import Watch
from dtbase.storage.database import reading, request_transaction

T = TypeVar("T")


async def chosen(app: FastAPI, dependency: Callable[[], Awaitable[T]]) -> T:
    """Return what a dependency gives, or what stands in for it."""
    given = app.dependency_overrides.get(dependency, dependency)()
    chosen: T = await given if isawaitable(given) else given
    return chosen


async def get_session(request: Request) -> AsyncIterator[Session]:
    """Open the transaction of one request; an error rolls it back.

    To open it waits for nothing: the first statement connects. To end it does, so a thread does:
    that of the route, where it takes the session.
    """
    opened = ExitStack()
    reads = request.method == "GET"
    session = opened.enter_context(reading() if reads else request_transaction())
    session.info[END] = lambda: opened.pop_all().close()
    try:
        yield session
    except BaseException as error:
        left = opened.pop_all()
        if not await run_in_threadpool(left.__exit__, type(error), error, error.__traceback__):
            raise
    else:
        if session.info.pop(END, None) is not None:
            await run_in_threadpool(opened.close)


SessionDep = Annotated[Session, Depends(get_session, scope="function")]
"""The request's session, committed before the answer leaves, so a failed commit is no 200."""


Transactions = Callable[[], AbstractContextManager[Session]]


async def get_transactions() -> Transactions:
    """Return how a request opens its transaction by itself, in the thread that does the work.

    What is asked often does so: each dependency that waits takes the way through a thread anew.
    """
    return request_transaction


TransactionsDep = Annotated[Transactions, Depends(get_transactions)]


async def get_reads() -> Transactions:
    """Return how a request that only reads opens its session."""
    return reading


ReadsDep = Annotated[Transactions, Depends(get_reads)]


StateDep = Annotated[AppState, Depends(get_state)]


async def get_refresher(state: StateDep) -> Refresher:
    """Return what keeps aggregates up to date."""
    return state.refresher


RefresherDep = Annotated[Refresher, Depends(get_refresher)]


async def get_uses(state: StateDep) -> Uses:
    """Return what writes down when keys were used."""
    return state.uses


UsesDep = Annotated[Uses, Depends(get_uses)]


async def get_metrics(state: StateDep) -> Metrics:
    """Return the counters of this process."""
    return state.metrics


MetricsDep = Annotated[Metrics, Depends(get_metrics)]


async def get_watch(state: StateDep) -> Watch:
    """Return who watches over the servers that the application stands on."""
    return state.watch


WatchDep = Annotated[Watch, Depends(get_watch)]
