"""The registry as one document: reading it, and making the twin match one."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.cascading import Cascade
from api.dependencies import SessionDep, StateDep
from api.openapi import answers
from api.rebuilding import APPLIED, RebuildingDep
from api.security import Need, PrincipalDep, ReadsRegistry, WritesRegistry
from dtbase.domain.blueprints.documents import Blueprint, Kind
from dtbase.domain.blueprints.plans import Action, Plan, Step
from dtbase.domain.people.keys import Scope
from dtbase.domain.people.users import Role
from dtbase.errors import AlreadyExists, Stale
from dtbase.storage.blueprints import applying, reading
from dtbase.storage.registry import measures

router = APIRouter(prefix="/blueprint", tags=["blueprint"])

DryRun = Annotated[bool, Query(description="Try every step, answer the plan, and undo it all.")]
Keep = Annotated[
    bool, Query(description="Leave what is no longer in the document; it becomes a person's.")
]
Agreed = Annotated[
    str | None,
    Query(
        max_length=100,
        pattern=r"^[^\x00]*$",
        description="The digest of the plan agreed to; if it is another now, nothing is changed.",
    ),
]


@router.get("", summary="Show the registry as a document")
def get_blueprint(_reads: ReadsRegistry, session: SessionDep) -> Blueprint:
    """Show the whole registry as one document, without what every twin has anyway."""
    return reading.read(session)


@router.post(
    "", responses=APPLIED | answers(AlreadyExists, Stale), summary="Make the twin match a document"
)
def apply_blueprint(  # noqa: PLR0913 - one parameter for each option
    *,
    _writes: WritesRegistry,
    asking: PrincipalDep,
    wanted: Blueprint,
    session: SessionDep,
    state: StateDep,
    cascade: Cascade,
    rebuild: RebuildingDep,
    dry_run: DryRun = False,
    keep: Keep = False,
    agreed: Agreed = None,
) -> Plan:
    """Make the twin match a document, in one transaction or not at all.

    What the document names becomes the document's. What was the document's and is no longer in it
    is deleted; what services and people have registered is left alone, and so is a kind of thing
    that is not mentioned. A dry run takes every step and undoes it: what passes really passes.

    Deleting needs the role admin, as do services and retention classes; of a key, schedules
    need the scope `runs:write` and retention classes the scope `*`.
    """
    steps = applying.planned(session, wanted, keep=keep, agreed=agreed)
    for step in steps.steps:
        need_of(step).check(asking)
    state.twin.forget()
    with session.begin_nested() as savepoint:
        applying.apply(session, wanted, steps, cascade=cascade)
        if dry_run:
            savepoint.rollback()
            measures.logged_in(session)
    rebuild.ask()
    return steps.told


def need_of(step: Step) -> Need:
    """Return what the route of such a thing alone would ask for."""
    deletes = step.action is Action.DELETE
    match step.kind:
        case Kind.RETENTION:
            return Need(role=Role.ADMIN, scope=Scope.EVERYTHING)
        case Kind.SERVICE:
            return Need(role=Role.ADMIN, scope=Scope.REGISTRY_WRITE)
        case Kind.SCHEDULE:
            role = Role.ADMIN if deletes else Role.EDITOR
            return Need(role=role, scope=Scope.RUNS_WRITE)
    role = Role.ADMIN if deletes else Role.EDITOR
    return Need(role=role, scope=Scope.REGISTRY_WRITE)
