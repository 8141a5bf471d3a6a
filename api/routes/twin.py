"""The twin as a whole."""

from fastapi import APIRouter
from fastapi.concurrency import run_in_threadpool

from api.dependencies import ReadsDep, SessionDep, StateDep, Transactions
from api.security import Admin
from dtbase.domain.registry.twin import Twin
from dtbase.storage.registry import twin

router = APIRouter(prefix="/twin", tags=["twin"])


@router.get("", summary="Show the twin")
async def get_twin(reads: ReadsDep, state: StateDep) -> Twin:
    """Show the twin's name, its time zone, and any notice: what the log-in says too."""
    known = state.twin.known()
    if known is not None:
        return known
    began = state.twin.now()
    found = await run_in_threadpool(read, reads)
    state.twin.keep(found, began)
    return found


@router.put("", summary="Name the twin")
def put_twin(_admin: Admin, new: Twin, session: SessionDep, state: StateDep) -> Twin:
    """Say what the twin is called, in which zone its site lies, and any notice for everybody."""
    state.twin.forget()
    return twin.change(session, new)


def read(reads: Transactions) -> Twin:
    """Read the twin in one thread."""
    with reads() as session:
        return twin.get(session)
