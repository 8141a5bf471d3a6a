"""Storing models."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dtbase.domain.changes import revised
from dtbase.domain.forecasts.runs import Model, ModelChange, ModelQuery
from dtbase.domain.paging import Listed
from dtbase.domain.versions import WHATEVER, Expected
from dtbase.errors import Invalid, NotFound
from dtbase.storage import bulk, paging, single, tables
from dtbase.storage.database import refusing
from dtbase.storage.people import audit
from dtbase.storage.registry import dependents, series_data

NOUN = "model"
ORDER = paging.Order(columns={"name": tables.Model.name.expression}, key=("name",))

DEFAULT_SCENARIO = "default"
"""The scenario that every model has: things as they are."""


def to_domain(row: tables.Model) -> Model:
    return Model(name=row.name, description=row.description)


def add(session: Session, model: Model) -> Model:
    """Insert a model with its default scenario."""
    return insert_all(session, [model], bulk.raise_first)[0]


def add_many(session: Session, new: Sequence[Model]) -> Sequence[Model]:
    """Insert models with their default scenarios, all or none."""
    return insert_all(session, new, bulk.refuse)


def insert_all(session: Session, new: Sequence[Model], refuse: bulk.Refuse) -> Sequence[Model]:
    kind = bulk.Kind(tables.Model, ("name",), described_as)
    with session.begin_nested():
        ids = bulk.insert_all(session, kind, new, Model.model_dump, refuse)
        scenarios = [{"model_id": id_, "name": DEFAULT_SCENARIO} for id_ in ids]
        session.execute(insert(tables.Scenario), scenarios)
        audit.created_many(session, NOUN, [(each.name, each) for each in new])
    return new


def described_as(model: Model) -> str:
    return f"model {model.name!r}"


def get(session: Session, name: str) -> Model:
    return to_domain(row_of(session, name))


def list(session: Session) -> Sequence[Model]:
    rows = session.scalars(select(tables.Model).order_by(tables.Model.name))
    return [to_domain(row) for row in rows]


def page(session: Session, wanted: ModelQuery) -> Listed[Model]:
    query = select(tables.Model)
    if wanted.search is not None:
        query = query.where(tables.Model.name.icontains(wanted.search, autoescape=True))
    return paging.scalars(session, query, wanted, ORDER, to_domain)


def update(
    session: Session, name: str, change: ModelChange, expected: Expected = WHATEVER
) -> Model:
    """Change a model; its scenarios and runs stay."""
    row = row_of(session, name, lock=True)
    before = to_domain(row)
    expected.check(before, f"model {name!r}")
    after = revised(before, change)
    row.name, row.description = after.name, after.description
    with refusing(f"model {after.name!r}", "name"):
        session.flush()
    audit.changed(session, NOUN, after.name, before, after)
    return after


def delete(
    session: Session, name: str, expected: Expected = WHATEVER, *, cascade: bool = False
) -> None:
    """Remove a model with its scenarios; with cascade its runs and their predictions too."""
    row = row_of(session, name, lock=True)
    before = to_domain(row)
    expected.check(before, f"model {name!r}")
    scenarios = select(tables.Scenario.id).where(tables.Scenario.model_id == row.id)
    if not cascade:
        in_the_way = dependents.those(session, "runs", runs_of(scenarios))
        dependents.refuse(f"model {name!r}", [in_the_way])
    series_data.forget_runs(session, runs_of(scenarios))
    session.delete(row)
    session.flush()
    audit.deleted(session, NOUN, name, before)


def runs_of(scenarios: Select[int]) -> Select[int]:
    runs = select(tables.Run.id).where(tables.Run.scenario_id.in_(scenarios))
    return runs.order_by(tables.Run.id)


def ensure(session: Session, model: Model) -> None:
    """Insert a model with its default scenario unless it is there."""
    session.execute(insert(tables.Model).values(**model.model_dump()).on_conflict_do_nothing())
    scenario = insert(tables.Scenario).values(
        model_id=row_of(session, model.name).id, name=DEFAULT_SCENARIO
    )
    session.execute(scenario.on_conflict_do_nothing())


def known(session: Session, name: str) -> bool:
    """Tell whether a model is registered."""
    return session.scalar(select(tables.Model.id).where(tables.Model.name == name)) is not None


def row_of(session: Session, name: str, *, lock: bool = False) -> tables.Model:
    query = select(tables.Model).where(tables.Model.name == name)
    return single.row(session, query, NotFound(f"no model {name!r}", field="name"), lock=lock)


def scenario_id(session: Session, model: str, name: str) -> int:
    """Return the id of a model's scenario, or raise Invalid."""
    query = select(tables.Scenario.id).join(tables.Model)
    found = session.scalar(query.where(tables.Model.name == model, tables.Scenario.name == name))
    if found is None:
        row_of(session, model)
        raise Invalid(f"model {model!r} has no scenario {name!r}", field="scenario")
    return found
