"""What it takes to make a twin match a document, thing by thing."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from dtbase.domain.blueprints.documents import (
    Blueprint,
    InstallationPlan,
    Kind,
    ParameterSetPlan,
    ScenarioPlan,
    Thing,
    name_of,
    things,
)
from dtbase.domain.frozen import Frozen
from dtbase.domain.owners import Owner
from dtbase.domain.registry.locations import Location, LocationField, LocationSchema
from dtbase.domain.services.schedules import NewSchedule
from dtbase.domain.versions import version_of

WHOLES = {
    Kind.INSTALLATION: Kind.SENSOR,
    Kind.SCENARIO: Kind.MODEL,
    Kind.PARAMETER_SET: Kind.SERVICE,
}
"""What is a part of what, and goes with it whoever it belongs to."""


class Action(StrEnum):
    """What a step does."""

    CREATE = "create"
    CHANGE = "change"
    ADOPT = "adopt"
    """The thing is as it is wanted, and the document's from now on."""

    RELEASE = "release"
    """The thing stays as it is, and is a person's from now on."""

    DELETE = "delete"


SIGNS = dict(zip(Action, "+~=<-", strict=True))
ALWAYS_TOLD = (Action.CREATE, Action.CHANGE, Action.DELETE)


class PlannedStep(Frozen):
    """One difference between a twin and a document, as it is told."""

    action: Action
    kind: Kind
    name: str
    fields: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Write the step as a line of a plan."""
        changed = f": {', '.join(self.fields)}" if self.fields else ""
        return f"{SIGNS[self.action]} {self.kind.singular} {self.name}{changed}"


class Plan(Frozen):
    """What makes a twin match a document."""

    digest: str
    """It differs whenever the plan does."""

    steps: tuple[PlannedStep, ...]
    left_alone: int
    """How many things of the document's kinds are not the document's, and stay."""

    @property
    def summary(self) -> str:
        """Count the steps, and what is left alone."""
        return ", ".join([*self._counts, *self._left])

    @property
    def _counts(self) -> Sequence[str]:
        counts = {each: sum(step.action is each for step in self.steps) for each in Action}
        if not self.steps:
            return ["nothing to do"]
        shown = [each for each in Action if counts[each] or each in ALWAYS_TOLD]
        return [f"{counts[each]} to {each}" for each in shown]

    @property
    def _left(self) -> Sequence[str]:
        left = f"{self.left_alone} left alone, which {'is' if self.left_alone == 1 else 'are'} not"
        return [f"{left} the document's"] if self.left_alone else []


class Present(NamedTuple):
    """What a twin has, and whose it is."""

    blueprint: Blueprint
    owners: Mapping[Kind, Mapping[str, Owner]]


class Step(Frozen):
    """One difference between a twin and a document, and what to do about it."""

    action: Action
    kind: Kind
    name: str
    before: Thing | None = None
    after: Thing | None = None

    @property
    def fields(self) -> Sequence[str]:
        if self.before is None or self.after is None:
            return ()
        names = type(self.after).model_fields
        return [name for name in names if getattr(self.before, name) != getattr(self.after, name)]

    @property
    def told(self) -> PlannedStep:
        """Return the step without the things themselves."""
        fields = tuple(self.fields)
        return PlannedStep(action=self.action, kind=self.kind, name=self.name, fields=fields)

    def __str__(self) -> str:
        """Write the step as a line of a plan."""
        return str(self.told)


class Steps(Frozen):
    """The steps of a plan in their order, with the things."""

    steps: tuple[Step, ...]
    left_alone: int = 0

    @property
    def told(self) -> Plan:
        steps = tuple(step.told for step in self.steps)
        return Plan(digest=version_of(self), steps=steps, left_alone=self.left_alone)


def plan(present: Present, wanted: Blueprint, *, keep: bool = False) -> Steps:
    """Return what makes a twin match a document: first what is new or other, then what goes.

    What has left the document goes if it was the document's; with `keep` it stays as a person's.
    """
    found = [step for kind in Kind for step in differences(present, wanted, kind, keep=keep)]
    steps = sorted(
        [*found, *deleted_with_others(present, found)], key=lambda step: KINDS[step.kind]
    )
    early = [part for step in steps for part in before_the_locations(step)]
    last = [step for step in steps if step.action is Action.DELETE]
    ordered = [*early, *last[::-1], *after_the_locations(steps)]
    gone = {(step.kind, step.name) for step in last}
    left = [(kind, name) for kind in Kind for name in foreign(present, wanted, kind)]
    return Steps(steps=tuple(ordered), left_alone=len({*left} - gone))


KINDS = {kind: place for place, kind in enumerate(Kind)}


def deleted_with_others(present: Present, steps: Sequence[Step]) -> Sequence[Step]:
    """Return what is deleted with the things that it belongs to, without a step of its own."""
    gone = {(step.kind, step.name) for step in steps if step.action is Action.DELETE}
    return [
        Step(action=Action.DELETE, kind=kind, name=name_of(part), before=part)
        for kind, whole in WHOLES.items()
        for part in things(present.blueprint, kind) or ()
        if isinstance(part, InstallationPlan | ScenarioPlan | ParameterSetPlan)
        and (whole, part.whole) in gone
        and (kind, name_of(part)) not in gone
    ]


def before_the_locations(step: Step) -> Sequence[Step]:
    """Take a step as it is, but only widen a schema whose locations still have their old fields."""
    if step.action is Action.DELETE:
        return []
    return [part for part in halves(step)[:1] if part.fields] if reshapes(step) else [step]


def after_the_locations(steps: Sequence[Step]) -> Sequence[Step]:
    """Narrow the schemas once their locations have their new fields."""
    changed = [halves(step)[1] for step in steps if reshapes(step)]
    return [part for part in changed if part.fields]


def reshapes(step: Step) -> bool:
    """Tell whether a step changes what the locations of a schema must have."""
    return step.action is Action.CHANGE and step.kind is Kind.LOCATION_SCHEMA


def halves(step: Step) -> tuple[Step, Step]:
    """Split the change of a schema at the form that old and new locations both fit."""
    before, after = step.before, step.after
    assert isinstance(before, LocationSchema)
    assert isinstance(after, LocationSchema)
    wide = after.model_copy(update={"fields": widened(before.fields, after.fields)})
    return step.model_copy(update={"after": wide}), step.model_copy(update={"before": wide})


def widened(
    before: Sequence[LocationField], after: Sequence[LocationField]
) -> tuple[LocationField, ...]:
    """Return fields that demand no more than both do."""
    old = {field.name: field for field in before}
    new = {field.name: field for field in after}
    return tuple(
        field.model_copy(
            update={"required": all(name in each and each[name].required for each in (old, new))}
        )
        for name, field in {**old, **new}.items()
    )


def differences(
    present: Present, wanted: Blueprint, kind: Kind, *, keep: bool = False
) -> Sequence[Step]:
    named = things(wanted, kind)
    if named is None:
        return []
    before = {name_of(thing): thing for thing in outermost_first(known(present, kind))}
    after = {name_of(thing): begun(thing, before) for thing in outermost_first(named)}
    owners = present.owners.get(kind, {})
    steps = [step(kind, name, before.get(name), after[name]) for name in after]
    told = [
        each
        for each in steps
        if each.action is not Action.ADOPT or owners[each.name] is not Owner.DOCUMENT
    ]
    gone = Action.RELEASE if keep else Action.DELETE
    left = [name for name in before if name not in after and owners[name] is Owner.DOCUMENT]
    return [*told, *(Step(action=gone, kind=kind, name=name, before=before[name]) for name in left)]


def step(kind: Kind, name: str, before: Thing | None, after: Thing) -> Step:
    """Return what makes one thing be as it is wanted, and the document's."""
    same = Action.ADOPT if before == after else Action.CHANGE
    action = Action.CREATE if before is None else same
    return Step(action=action, kind=kind, name=name, before=before, after=after)


def begun(thing: Thing, before: Mapping[str, Thing]) -> Thing:
    """Give a schedule by interval without a start the start that it already has in the twin."""
    known = before.get(name_of(thing))
    if isinstance(thing, NewSchedule) and isinstance(known, NewSchedule) and thing.every:
        return thing.model_copy(update={"start": thing.start or known.start})
    return thing


def foreign(present: Present, wanted: Blueprint, kind: Kind) -> Sequence[str]:
    """Return the names of things of a kind that the document neither names nor owns."""
    if (named := things(wanted, kind)) is None:
        return []
    after = {name_of(thing) for thing in named}
    owners = present.owners.get(kind, {})
    names = [name_of(thing) for thing in known(present, kind)]
    return [name for name in names if name not in after and owners[name] is not Owner.DOCUMENT]


def known(present: Present, kind: Kind) -> Sequence[Thing]:
    return things(present.blueprint, kind) or ()


def outermost_first(found: Sequence[Thing]) -> Sequence[Thing]:
    """Return things so that a location comes after the one that it stands in."""
    parents = {thing.identifier: thing.parent for thing in found if isinstance(thing, Location)}

    def depth(thing: Thing) -> int:
        name, steps = name_of(thing), 0
        while (parent := parents.get(name)) is not None and steps <= len(parents):
            name, steps = parent, steps + 1
        return steps

    return sorted(found, key=depth)
