"""Making a twin match a document, in one transaction or not at all."""

from collections.abc import Sequence
from contextlib import suppress
from itertools import groupby

from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.domain.blueprints.documents import Blueprint, Kind, RetentionPlan, name_of, things
from dtbase.domain.blueprints.plans import Action, Step, Steps, plan
from dtbase.domain.owners import Owner
from dtbase.domain.readings.retention import DEFAULT_CLASS, Rules
from dtbase.errors import Conflict, DTBaseError, InUse, Invalid, NotFound, Stale, Violation
from dtbase.storage.blueprints import owned
from dtbase.storage.blueprints.keeping import KEEPERS, TOGETHER, whole
from dtbase.storage.blueprints.reading import present
from dtbase.storage.readings import retention
from dtbase.storage.registry import measures

HOLD = text("SELECT pg_advisory_xact_lock('sensor'::regclass::oid::int, 2)")
"""One document at a time."""

CHANGED = "the twin has changed since the plan was made; look at the new plan"
MOST_TOLD = 100
STAYING = (Action.ADOPT, Action.RELEASE)
"""What changes nothing but whose a thing is."""

WAYS_OUT = (
    "cascade=true deletes readings and runs too; keep=true leaves what is no longer in the document"
)

Refused = Sequence[tuple[Step, DTBaseError]]


def planned(
    session: Session, wanted: Blueprint, *, keep: bool = False, agreed: str | None = None
) -> Steps:
    """Plan a document against the twin as it is; another plan than was agreed to is refused."""
    session.execute(HOLD)
    steps = plan(present(session), wanted, keep=keep)
    if agreed is not None and steps.told.digest != agreed:
        raise Stale(CHANGED, field="agreed")
    return steps


def apply(session: Session, wanted: Blueprint, steps: Steps, *, cascade: bool = False) -> None:
    """Take all steps of a plan, or refuse it, naming each step that cannot be taken."""
    taken = (step for step in steps.steps if step.action not in STAYING)
    refused = [
        (step, error)
        for kind, group in groupby(taken, added_with_others)
        for step, error in attempt_all(session, kind, [*group], wanted, cascade=cascade)
    ]
    if refused:
        raise refusal(refused, cascade=cascade)
    settle(session, wanted, steps)
    session.expire_all()
    # what changes anew each time is a secret, which nobody is shown
    left_over = [
        step for step in plan(present(session), wanted).steps if step.action is not Action.CHANGE
    ]
    if left_over:
        raise Conflict(
            f"nothing was changed: the document contradicts itself; after all steps {left_over[0]}"
            " would still be to do"
        )


def added_with_others(step: Step) -> Kind | None:
    """Return the kind of which a step adds a thing, where many can be added at once."""
    return step.kind if step.before is None and step.kind in TOGETHER else None


def attempt_all(
    session: Session, kind: Kind | None, steps: Sequence[Step], wanted: Blueprint, *, cascade: bool
) -> Refused:
    """Take steps, those that add things of a kind at once; refused, one by one to find which."""
    if kind is not None:
        with suppress(DTBaseError), session.begin_nested():
            TOGETHER[kind](session, [step.after for step in steps])
            return []
    tried = [(step, attempt(session, step, wanted, cascade=cascade)) for step in steps]
    return [(step, error) for step, error in tried if error is not None]


def attempt(
    session: Session, step: Step, wanted: Blueprint, *, cascade: bool
) -> DTBaseError | None:
    """Take a step, or return why it is refused."""
    try:
        with session.begin_nested():
            take(session, step, wanted, cascade=cascade)
    except DTBaseError as error:
        return error
    return None


def take(session: Session, step: Step, wanted: Blueprint, *, cascade: bool) -> None:
    if step.kind is Kind.RETENTION:
        keep(session, step, wanted)
        return
    keeper = KEEPERS[step.kind]
    if step.before is None:
        keeper.add(session, step.after)
    elif step.after is None:
        keeper.delete(session, step.before, cascade)
    else:
        after = whole(session, step.after)
        given = {name: getattr(after, name) for name in step.fields}
        keeper.update(session, step.before, keeper.change.model_validate(given), cascade)


def keep(session: Session, step: Step, wanted: Blueprint) -> None:
    """Set or delete a retention class; what no class names any more goes to the default one."""
    if isinstance(step.before, RetentionPlan):
        named = {measure for each in wanted.retention or () for measure in each.measures}
        for measure in step.before.measures:
            if measure not in named:
                retention.move(session, measure, DEFAULT_CLASS)
    if isinstance(step.after, RetentionPlan):
        check_measures(session, step.after)
        rules = Rules(keep_days=step.after.keep_days, measures=step.after.measures)
        retention.put(session, step.name, rules)
    elif step.name == DEFAULT_CLASS:
        retention.put(session, DEFAULT_CLASS, Rules(keep_days=None))
    else:
        retention.delete(session, step.name)


def check_measures(session: Session, wanted: RetentionPlan) -> None:
    """Refuse a class that holds measures that are nowhere."""
    missing = {*wanted.measures} - {each.name for each in measures.list(session)}
    if missing:
        raise Invalid(f"retention {wanted.name!r} holds {min(missing)}, which is no measure here")


def settle(session: Session, wanted: Blueprint, steps: Steps) -> None:
    """Give to the document what it names, and to people what it no longer names."""
    for kind in Kind:
        gone = {step.name for step in steps.steps if step.kind is kind and step.after is None}
        owned.give(session, kind, gone, Owner.PERSON)
        named = {name_of(thing) for thing in things(wanted, kind) or ()}
        owned.give(session, kind, named, Owner.DOCUMENT)


def refusal(refused: Refused, *, cascade: bool) -> DTBaseError:
    """Return one error that names every step that cannot be taken."""
    kinds = {type(error) for _, error in refused}
    kind = kinds.pop() if len(kinds) == 1 else Conflict
    kind = Invalid if kind is NotFound else kind  # the document names what there is not
    step, error = refused[0]
    more = f" (and {len(refused) - 1} more)" if refused[1:] else ""
    in_use = any(isinstance(error, InUse) for _, error in refused) and not cascade
    ways = f"; {WAYS_OUT}" if in_use else ""
    found = [told(step, error) for step, error in refused[:MOST_TOLD]]
    return kind(f"nothing was changed; {step}: {reason(error)}{more}{ways}", violations=found)


def told(step: Step, error: DTBaseError) -> Violation:
    """Name a step that cannot be taken, and why."""
    return Violation(field=f"{step.kind}.{step.name}", rule=reason(error), value=str(step))


def reason(error: DTBaseError) -> str:
    """Say why a step is refused, with the names of what stands in its way."""
    sentence = error.detail.partition("; an admin can")[0]
    values = [f"{each['field']} {each['value']}" for each in error.violations if "value" in each]
    return f"{sentence} ({'; '.join(values)})" if values else sentence
