"""Storing models and their scenarios."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dtbase.domain.runs import Model, Scenario
from dtbase.errors import Invalid, NotFound
from dtbase.storage import tables
from dtbase.storage.database import refusing

DEFAULT_SCENARIO = "default"
"""The scenario that every model has: things as they are."""


def to_domain(row: tables.Model) -> Model:
    """Return the model that a row holds."""
    return Model(name=row.name, description=row.description)


def add(session: Session, model: Model) -> Model:
    """Insert a model with its default scenario."""
    row = tables.Model(name=model.name, description=model.description)
    with refusing(f"model {model.name!r}"), session.begin_nested():
        session.add(row)
    add_scenario(session, model.name, Scenario(name=DEFAULT_SCENARIO))
    return model


def get(session: Session, name: str) -> Model:
    """Return the model, or raise NotFound."""
    return to_domain(row_of(session, name))


def list(session: Session) -> Sequence[Model]:
    """Return every model by name."""
    rows = session.scalars(select(tables.Model).order_by(tables.Model.name))
    return [to_domain(row) for row in rows]


def ensure(session: Session, model: Model) -> None:
    """Insert a model with its default scenario unless it is there."""
    session.execute(insert(tables.Model).values(**model.model_dump()).on_conflict_do_nothing())
    scenario = insert(tables.Scenario).values(
        model_id=row_of(session, model.name).id, name=DEFAULT_SCENARIO
    )
    session.execute(scenario.on_conflict_do_nothing())


def add_scenario(session: Session, model: str, scenario: Scenario) -> Scenario:
    """Insert a scenario of a model."""
    row = tables.Scenario(
        model_id=row_of(session, model).id,
        name=scenario.name,
        description=scenario.description,
        parameters=scenario.parameters,
    )
    with refusing(f"scenario {scenario.name!r} of model {model!r}"), session.begin_nested():
        session.add(row)
    return scenario


def list_scenarios(session: Session, model: str) -> Sequence[Scenario]:
    """Return the scenarios of a model by name."""
    query = select(tables.Scenario).where(tables.Scenario.model_id == row_of(session, model).id)
    return [
        Scenario(name=row.name, description=row.description, parameters=row.parameters)
        for row in session.scalars(query.order_by(tables.Scenario.name))
    ]


def row_of(session: Session, name: str) -> tables.Model:
    """Return the row of a model, or raise NotFound."""
    row = session.scalar(select(tables.Model).where(tables.Model.name == name))
    if row is None:
        raise NotFound(f"no model {name!r}")
    return row


def scenario_id(session: Session, model: str, name: str) -> int:
    """Return the id of a model's scenario, or raise Invalid."""
    found = session.scalar(
        select(tables.Scenario.id).where(
            tables.Scenario.model_id == row_of(session, model).id, tables.Scenario.name == name
        )
    )
    if found is None:
        raise Invalid(f"model {model!r} has no scenario {name!r}", field="scenario")
    return found
