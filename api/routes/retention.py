"""How long raw readings are kept, by classes of measures."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path, Response

from api.dependencies import SessionDep
from api.openapi import answers
from api.security import Admin, ReadsRegistry
from api.versions import SHOWN, IfMatch, tagged
from dtbase.domain.names import Identifier
from dtbase.domain.readings.retention import Retention, Rules
from dtbase.errors import Conflict, InUse, NotFound, Stale
from dtbase.storage.readings import retention

router = APIRouter(prefix="/retention", tags=["retention"])

Name = Annotated[Identifier, Path(description="the name of a class")]


@router.get("", summary="List retention classes")
def list_classes(_reads: ReadsRegistry, session: SessionDep) -> Sequence[Retention]:
    """List the classes, their measures, and from when on raw readings are there."""
    return retention.list(session)


@router.get("/{name}", responses=SHOWN | answers(NotFound), summary="Show a retention class")
def get_class(
    name: Name, response: Response, _reads: ReadsRegistry, session: SessionDep
) -> Retention:
    """Show one class."""
    return tagged(response, retention.get(session, name))


@router.put("/{name}", responses=SHOWN | answers(NotFound, Stale), summary="Set a retention class")
def set_class(
    _admin: Admin,
    name: Name,
    rules: Rules,
    expected: IfMatch,
    response: Response,
    session: SessionDep,
) -> Retention:
    """Add a class or change it; raw readings go at night, aggregates always stay."""
    return tagged(response, retention.put(session, name, rules, expected))


@router.delete(
    "/{name}",
    status_code=204,
    responses=answers(NotFound, InUse, Conflict, Stale),
    summary="Delete a retention class",
)
def delete_class(_admin: Admin, name: Name, expected: IfMatch, session: SessionDep) -> None:
    """Delete a class that has no measures any more; the class `default` stays."""
    retention.delete(session, name, expected)
