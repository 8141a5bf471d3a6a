"""The twin as a whole."""

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool

from api.dependencies import SessionDep, Transactions, TransactionsDep
from api.security import Admin
from dtbase.domain.registry.twin import Twin
from dtbase.storage.registry import twin

router = APIRouter(prefix="/twin", tags=["twin"])


@router.get("", summary="Show the twin")
async def get_twin(transactions: TransactionsDep) -> Twin:
    """Show the twin's name, its time zone, and any notice: what the log-in says too."""
    return await run_in_threadpool(read, transactions)


@router.put("", summary="Name the twin")
def put_twin(_admin: Admin, new: Twin, session: SessionDep) -> Twin:
    """Say what the twin is called, in which zone its site lies, and any notice for everybody."""
    return twin.change(session, new)


def read(transactions: Transactions) -> Twin:
    """Read the twin in one thread, since every page asks for it."""
    with transactions() as session:
        return twin.get(session)
