"""Storing the scenarios of models."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from dtbase.domain.changes import revised
from dtbase.domain.forecasts.runs import (
    Scenario,
    ScenarioChange,
    ScenarioOfModel,
    ScenarioQuery,
    ScenariosQuery,
)
from dtbase.domain.paging import Listed
from dtbase.domain.versions import WHATEVER, Expected
from dtbase.errors import Conflict, NotFound
from dtbase.storage import bulk, paging, single, tables
from dtbase.storage.database import refusing
from dtbase.storage.forecasts import models
from dtbase.storage.people import audit
from dtbase.storage.registry import dependents, series_data

NOUN = "scenario"
ORDER = paging.Order(columns={"name": tables.Scenario.name.expression}, key=("name",))

ORDER_OF_ALL = paging.Order(
    columns={**ORDER.columns, "model": tables.Model.name.expression}, key=("name", "model")
)


def to_domain(row: tables.Scenario) -> Scenario:
    return Scenario(name=row.name, description=row.description, parameters=row.parameters)


def add(session: Session, model: str, scenario: Scenario) -> Scenario:
    """Insert a scenario of a model."""
    return insert_all(session, model, [scenario], bulk.raise_first)[0]


def add_many(session: Session, model: str, new: Sequence[Scenario]) -> Sequence[Scenario]:
    """Insert scenarios of a model, all or none."""
    return insert_all(session, model, new, bulk.refuse)


def insert_all(
    session: Session, model: str, new: Sequence[Scenario], refuse: bulk.Refuse
) -> Sequence[Scenario]:
    model_id = models.row_of(session, model).id

    def columns(each: Scenario) -> bulk.Row:
        return {"model_id": model_id, **each.model_dump()}

    def what(each: Scenario) -> str:
        return f"scenario {each.name!r} of model {model!r}"

    kind = bulk.Kind(tables.Scenario, ("model_id", "name"), what)
    with session.begin_nested():
        bulk.insert_all(session, kind, new, columns, refuse)
        audit.created_many(session, NOUN, [(named(model, each.name), each) for each in new])
    return new


def named(model: str, name: str) -> str:
    """Return what the log of changes calls a scenario."""
    return f"{model}/{name}"


def get(session: Session, model: str, name: str) -> Scenario:
    return to_domain(row_of(session, model, name))


def row_of(session: Session, model: str, name: str, *, lock: bool = False) -> tables.Scenario:
    """Return the row of a model's scenario, or raise NotFound."""
    model_id = models.row_of(session, model).id
    query = select(tables.Scenario).where(
        tables.Scenario.model_id == model_id, tables.Scenario.name == name
    )
    missing = NotFound(f"model {model!r} has no scenario {name!r}", field="scenario")
    return single.row(session, query, missing, lock=lock)


def page(session: Session, model: str, wanted: ScenarioQuery) -> Listed[Scenario]:
    model_id = models.row_of(session, model).id
    query = select(tables.Scenario).where(tables.Scenario.model_id == model_id)
    if wanted.search is not None:
        query = query.where(tables.Scenario.name.icontains(wanted.search, autoescape=True))
    return paging.scalars(session, query, wanted, ORDER, to_domain)


def page_of_all(session: Session, wanted: ScenariosQuery) -> Listed[ScenarioOfModel]:
    """Return the scenarios of all models that fit, those of one name by their models."""
    query = select(tables.Scenario, tables.Model.name).join(tables.Model)
    if wanted.model is not None:
        query = query.where(tables.Model.name == wanted.model)
    if wanted.search is not None:
        query = query.where(tables.Scenario.name.icontains(wanted.search, autoescape=True))
    return paging.page(session, query, wanted, ORDER_OF_ALL, with_model)


def with_model(row: Row[*tuple[Any, ...]]) -> ScenarioOfModel:
    scenario, model = row
    return ScenarioOfModel(**to_domain(scenario).model_dump(), model=model)


def update(
    session: Session,
    model: str,
    name: str,
    change: ScenarioChange,
    expected: Expected = WHATEVER,
) -> Scenario:
    """Change a scenario; its runs stay as they were run."""
    row = row_of(session, model, name, lock=True)
    before = to_domain(row)
    expected.check(before, f"scenario {name!r}")
    after = revised(before, change)
    if after.name != name:
        keep_default(name)
    row.name, row.description, row.parameters = after.name, after.description, after.parameters
    with refusing(f"scenario {after.name!r} of model {model!r}", "name"):
        session.flush()
    audit.changed(session, NOUN, named(model, after.name), before, after)
    return after


def keep_default(name: str) -> None:
    """Refuse to take away the scenario that every model has."""
    if name == models.DEFAULT_SCENARIO:
        raise Conflict(f"every model keeps the scenario {name!r}", field="name")


def delete(
    session: Session,
    model: str,
    name: str,
    expected: Expected = WHATEVER,
    *,
    cascade: bool = False,
) -> None:
    """Remove a scenario; with cascade its runs and their predictions too."""
    row = row_of(session, model, name, lock=True)
    before = to_domain(row)
    expected.check(before, f"scenario {name!r}")
    keep_default(name)
    runs = models.runs_of(select(tables.Scenario.id).where(tables.Scenario.id == row.id))
    if not cascade:
        dependents.refuse(f"scenario {name!r}", [dependents.those(session, "runs", runs)])
    series_data.forget_runs(session, runs)
    session.delete(row)
    session.flush()
    audit.deleted(session, NOUN, named(model, name), before)
