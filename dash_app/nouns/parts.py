"""Scenarios and parameter sets: what belongs to a model or a service, all in one table."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Literal

from dash_app.nouns.lines import json_of, text_of_json
from dash_app.nouns.work import services
from dash_app.tables.noun import Column, Field, Filter, Kind, Noun, Option, named
from dtbase.client import Client
from dtbase.client.registry import Registry
from dtbase.domain.changes import Change
from dtbase.domain.forecasts.runs import Scenario, ScenarioChange
from dtbase.domain.names import Identifier
from dtbase.domain.paging import Listed, Page, SearchText
from dtbase.domain.services.services import ParameterSet, ParameterSetChange
from dtbase.errors import NotFound

Part = Scenario | ParameterSet


class OfModel(Scenario):
    """A scenario, and whose it is."""

    model: Identifier


class OfService(ParameterSet):
    """A parameter set, and whose it is."""

    service: Identifier


class ScenarioOf(OfModel):
    """A scenario as a row: its address says whose it is too."""

    at: str


class ParameterSetOf(OfService):
    """A parameter set as a row."""

    at: str


class PartQuery(Page):
    """Which of them to list."""

    search: SearchText | None = None
    sort: Literal["name", "-name"] = "name"


class ScenariosQuery(PartQuery):
    """Which scenarios to list."""

    model: str | None = None


class SetsQuery(PartQuery):
    """Which parameter sets to list."""

    service: str | None = None


class Parts:
    """What belongs to others as a table asks for things; there are few of each."""

    owner: ClassVar[str]
    plain: ClassVar[type[Any]]
    row: ClassVar[type[Any]]

    def owners(self) -> Iterable[str]:
        """Return the names of those that have such parts."""
        raise NotImplementedError

    def of(self, owner: str) -> Registry[Any, Any, Any]:
        """Return where the parts of one are."""
        raise NotImplementedError

    def page(self, *, skip: int = 0, limit: int = 100, **filters: str | None) -> Listed[Any]:
        """Return a stretch of all that fit."""
        only, words = filters.get(self.owner), (filters.get("search") or "").lower()
        found = [
            self.row_of(owner, part)
            for owner in ([only] if only else self.owners())
            for part in self.of(owner).page(limit=1_000).items
            if words in part.name.lower()
        ]
        down = filters.get("sort") == "-name"
        found.sort(key=lambda each: (each.name, getattr(each, self.owner)), reverse=down)
        return Listed(items=tuple(found[skip : skip + limit]), next=None, total=len(found))

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
        return self.row(**part.model_dump(mode="json"), **{self.owner: owner}, at=at)


class AllScenarios(Parts):
    """The scenarios of all models."""

    owner, plain, row = "model", Scenario, ScenarioOf

    def __init__(self, client: Client) -> None:
        """Reach them through a client."""
        self._models = client.models

    def owners(self) -> Iterable[str]:
        return [each.name for each in self._models.list()]

    def of(self, owner: str) -> Registry[Any, Any, Any]:
        return self._models.scenarios(owner)


class AllSets(Parts):
    """The parameter sets of all services."""

    owner, plain, row = "service", ParameterSet, ParameterSetOf

    def __init__(self, client: Client) -> None:
        """Reach them through a client."""
        self._services = client.services

    def owners(self) -> Iterable[str]:
        return [each.name for each in self._services.list()]

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
    new=OfModel,
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
    empty="A scenario is under which circumstances a model is run; each model has one at least.",
)

PARAMETER_SETS = Noun(
    name="parameter-sets",
    title="Parameter sets",
    one="parameter set",
    icon="service",
    key="at",
    kind=ParameterSetOf,
    query=SetsQuery,
    new=OfService,
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
