"""How long raw readings are kept, by classes of measures."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Path

from api.dependencies import SessionDep
from api.openapi import answers
from api.security import Admin, ReadsRegistry
from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier
from dtbase.domain.retention import KeepDays, Retention, RetentionClass
from dtbase.errors import NotFound
from dtbase.storage import retention

router = APIRouter(prefix="/retention", tags=["retention"])

Name = Annotated[Identifier, Path(description="the name of a class")]


class Rules(Frozen):
    """What a class is to be: null keeps raw readings for good; measures given are moved to it."""

    keep_days: KeepDays | None
    measures: tuple[Identifier, ...] = ()


@router.get("", summary="List retention classes")
def list_classes(_reads: ReadsRegistry, session: SessionDep) -> Sequence[Retention]:
    """List the classes, their measures, and from when on raw readings are there."""
    return retention.list(session)


@router.put("/{name}", summary="Set a retention class", responses=answers(NotFound))
def set_class(name: Name, rules: Rules, _admin: Admin, session: SessionDep) -> Retention:
    """Add a class or change it; raw readings go at night, aggregates always stay."""
    retention.set(session, RetentionClass(name=name, keep_days=rules.keep_days))
    for measure in rules.measures:
        retention.assign(session, measure, name)
    return retention.get(session, name)
