"""Finding things over all nouns."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import SessionDep
from api.security import ReadsRegistry
from dtbase.domain.glance.search import Hit, SearchQuery
from dtbase.storage.glance import search

router = APIRouter(prefix="/search", tags=["glance"])


@router.get("", summary="Find anything by its name")
def find_anything(
    wanted: Annotated[SearchQuery, Query()], person: ReadsRegistry, session: SessionDep
) -> Sequence[Hit]:
    """Find locations, sensors, series, models, services, views and notes by parts of their names.

    All words must be there. The closest name comes first, and its kind before the other kinds.
    """
    return search.find(session, wanted, person)
