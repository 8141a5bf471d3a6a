"""The twin as a whole."""

from fastapi import APIRouter

from api.dependencies import SessionDep
from api.security import ReadsRegistry
from dtbase.domain.twin import Twin
from dtbase.storage import twin

router = APIRouter(prefix="/twin", tags=["twin"])


@router.get("", summary="Show the twin")
def get_twin(_reads: ReadsRegistry, session: SessionDep) -> Twin:
    """Show the twin's name, its time zone, and any notice that belongs on every page."""
    return twin.get(session)
