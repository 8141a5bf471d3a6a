"""Scenarios and parameter sets: what belongs to a model or a service, all in one table."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from dash_app.nouns.lines import json_of, text_of_json
from dash_app.nouns.work import services
from dash_app.tables.noun import Column, Field, Filter, Kind, Noun, Option, named
from dtbase.client import Client
from dtbase.client.registry import Registry
from dtbase.domain.changes import Change
from dtbase.domain.forecasts.runs import (
    Scenario,
    ScenarioChange,
    ScenarioOfModel,
    ScenariosQuery,
)
from dtbase.domain.paging import Listed
from dtbase.domain.services.services import (
    ParameterSet,
    ParameterSetChange,
    SetOfService,
    SetsQuery,
)
from dtbase.errors import NotFound

Part = Scenario | ParameterSet


class ScenarioOf(ScenarioOfModel):
    """A scenario as a row: its address says whose it is too."""

    at: str


class ParameterSetOf(SetOfService):
    """A parameter set as a row."""

    at: str


class Parts:
    """What belongs to others as a table asks for things."""

    owner: ClassVar[str]
    plain: ClassVar[type[Any]]
    row: ClassVar[type[Any]]

    def every(self) -> Any:
        """Return where those of all are listed."""
        raise NotImplementedError

    def of(self, owner: str) -> Registry[Any, Any, Any]:
        """Return where the parts of one are."""
        raise NotImplementedError

    def page(self, *, skip: int = 0, limit: int = 100, **filters: str | None) -> Listed[Any]:
        """Return a stretch of all that fit."""
        found = self.every().page(skip=skip, limit=limit, **filters)
        rows = tuple(self.row_of(getattr(each, self.owner), each) for each in found.items)
        return Listed(items=rows, next=found.next, total=found.total)

    def get(self, name: str) -> Any:
        """Return one of them, or raise NotFound."""
        owner, slash, part = name.partition("/")
        if not slash:
            raise NotFound(f"{name!r} does not say whose it is", field="name")
        return self.row_of(owner, self.of(owner).get(part))

    def add(self, new: Any) -> Any:
        owner = getattr(new, self.owner)
        return self.row_of(owner, self.of(owner).add(self.plain_of(new)))

    def add_many(self, new: Sequence[Any]) -> Sequence[Any]:
        return [self.add(each) for each in new]

    def update(self, thing: Any, change: Change) -> Any:
        owner = getattr(thing, self.owner)
        return self.row_of(owner, self.of(owner).update(self.plain_of(thing), change))

    def delete(self, thing: Any, *, cascade: bool = False) -> None:
        self.of(getattr(thing, self.owner)).delete(self.plain_of(thing), cascade=cascade)

    def plain_of(self, thing: Any) -> Any:
        """Return a thing as the API knows it, by whose digest its version is told."""
        known = self.plain.model_fields
        return self.plain(**{n: v for n, v in thing.model_dump(mode="json").items() if n in known})

    def row_of(self, owner: str, part: Part) -> Any:
        at = f"{owner}/{part.name}"
        return self.row(**{**part.model_dump(mode="json"), self.owner: owner, "at": at})


class AllScenarios(Parts):
    """The scenarios of all models."""

    owner, plain, row = "model", Scenario, ScenarioOf

    def __init__(self, client: Client) -> None:
        self._models, self._all = client.models, client.scenarios

    def every(self) -> Any:
        return self._all

    def of(self, owner: str) -> Registry[Any, Any, Any]:
        return self._models.scenarios(owner)


class AllSets(Parts):
    """The parameter sets of all services."""

    owner, plain, row = "service", ParameterSet, ParameterSetOf

    def __init__(self, client: Client) -> None:
        self._services, self._all = client.services, client.parameter_sets

    def every(self) -> Any:
        return self._all

    def of(self, owner: str) -> Registry[Any, Any, Any]:
        return self._services.parameter_sets(owner)


def models(client: Client) -> list[Option]:
    return named(client.models.list())


def fields_of(
    owner: str, title: str, options: Callable[[Client], list[Option]]
) -> tuple[Field, ...]:
    return (
        Field(owner, title, Kind.CHOICE, options=options, when="new"),
        Field("name", "Name", Kind.CODE, hint="Letters, digits, dots, hyphens."),
        Field("description", "Description", Kind.LONG, optional=True, in_cell=True),
        Field(
            "parameters",
            "Parameters",
            Kind.LINES,
            hint='As JSON, such as {"horizon": 48}.',
            read=json_of,
            write=text_of_json,
        ),
    )


def parameters_of(part: Part) -> str:
    return ", ".join(part.parameters)


SCENARIOS = Noun(
    name="scenarios",
    title="Scenarios",
    one="scenario",
    icon="model",
    key="at",
    kind=ScenarioOf,
    query=ScenariosQuery,
    new=ScenarioOfModel,
    change=ScenarioChange,
    store=AllScenarios,
    columns=(
        Column("name", "Scenario", link=True),
        Column("model", "Model"),
        Column("parameters", "Parameters", share=3, show=parameters_of),
        Column("description", "Description", share=4),
    ),
    fields=fields_of("model", "Model", models),
    filters=(Filter("model", "All models", models),),
    cascades=True,
    searched="Name",
    empty="A scenario says under which circumstances a model is run; every model has one.",
)

PARAMETER_SETS = Noun(
    name="parameter-sets",
    title="Parameter sets",
    one="parameter set",
    icon="service",
    key="at",
    kind=ParameterSetOf,
    query=SetsQuery,
    new=SetOfService,
    change=ParameterSetChange,
    store=AllSets,
    columns=(
        Column("name", "Parameter set", link=True),
        Column("service", "Service"),
        Column("parameters", "Parameters", share=3, show=parameters_of),
        Column("description", "Description", share=4),
    ),
    fields=fields_of("service", "Service", services),
    filters=(Filter("service", "All services", services),),
    group="Work",
    cascades=True,
    searched="Name",
    empty="A parameter set is what a service is run with, under a name that schedules can use.",
)
