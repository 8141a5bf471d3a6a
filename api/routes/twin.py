"""The twin as a whole."""

from fastapi import APIRouter

from api.dependencies import SessionDep
from dtbase.domain.registry.twin import Twin
from dtbase.storage.registry import twin

router = APIRouter(prefix="/twin", tags=["twin"])


@router.get("", summary="Show the twin")
def get_twin(session: SessionDep) -> Twin:
    """Show the twin's name, its time zone, and any notice: what the log-in says too."""
    return twin.get(session)
