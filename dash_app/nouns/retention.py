"""Retention classes: how long raw readings of their measures are kept."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from dash_app.tables.noun import Column, Field, Kind, Look, Noun
from dtbase.client import Client
from dtbase.domain.changes import Change
from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier
from dtbase.domain.paging import Listed, Page, SearchText
from dtbase.domain.people.users import Role
from dtbase.domain.readings.retention import DEFAULT_CLASS, KeepDays, Retention
from dtbase.errors import AlreadyExists


class NewRetention(Frozen):
    """A class, and which measures are moved to it."""

    name: Identifier
    keep_days: KeepDays | None = None
    measures: tuple[Identifier, ...] = ()


class RetentionChange(Change):
    """What to change about a class."""

    clearable: ClassVar[frozenset[str]] = frozenset({"keep_days"})

    keep_days: KeepDays | None = None
    measures: tuple[Identifier, ...] | None = None


class RetentionQuery(Page):
    """Which classes to list."""

    search: SearchText | None = None
    sort: Literal["name", "-name"] = "name"


class Classes:
    """Retention classes as a table asks for things; there are few."""

    def __init__(self, client: Client) -> None:
        self._classes = client.retention

    def page(self, *, skip: int = 0, limit: int = 100, **filters: str | None) -> Listed[Retention]:
        """Return a stretch of those that fit."""
        words = (filters.get("search") or "").lower()
        found = [each for each in self._classes.list() if words in each.name.lower()]
        found.sort(key=lambda each: each.name, reverse=filters.get("sort") == "-name")
        return Listed(items=tuple(found[skip : skip + limit]), next=None, total=len(found))

    def get(self, name: str) -> Retention:
        return self._classes.get(name)

    def add(self, new: NewRetention) -> Retention:
        """Add a class; one that is there already is not changed by the way."""
        if any(each.name == new.name for each in self._classes.list()):
            raise AlreadyExists(f"a class {new.name!r} already exists", field="name")
        return self._classes.set(new.name, new.keep_days, new.measures)

    def add_many(self, new: Sequence[NewRetention]) -> Sequence[Retention]:
        return [self.add(each) for each in new]

    def update(self, thing: Retention, change: RetentionChange) -> Retention:
        """Change a class; measures that leave it go to the one of all others."""
        said = change.model_fields_set
        keep = change.keep_days if "keep_days" in said else thing.keep_days
        now = thing.measures if change.measures is None else change.measures
        saved = self._classes.set(thing.name, keep, now, instead_of=thing)
        left = [each for each in thing.measures if each not in now]
        if left and thing.name != DEFAULT_CLASS:
            rest = self._classes.get(DEFAULT_CLASS)
            self._classes.set(DEFAULT_CLASS, rest.keep_days, left, instead_of=rest)
            saved = self._classes.get(thing.name)
        return saved

    def delete(self, thing: Retention) -> None:
        self._classes.delete(thing)


def names_in(text: str) -> list[str]:
    return [name for line in text.splitlines() if (name := line.strip())]


def kept(retention: Retention) -> str:
    return "for good" if retention.keep_days is None else f"{retention.keep_days} days"


RETENTION = Noun(
    name="retention",
    title="Retention",
    one="retention class",
    several="retention classes",
    icon="log",
    key="name",
    kind=Retention,
    query=RetentionQuery,
    new=NewRetention,
    change=RetentionChange,
    store=Classes,
    columns=(
        Column("name", "Retention class", link=True),
        Column("keep_days", "Keeps raw readings", show=kept),
        Column("measures", "Of", share=4, show=lambda each: ", ".join(each.measures)),
        Column("raw_from", "There are some from", Look.TIME),
    ),
    fields=(
        Field("name", "Name", Kind.CODE, when="new"),
        Field(
            "keep_days",
            "Keep raw readings for",
            Kind.NUMBER,
            optional=True,
            hint="Days; empty is for good. Hourly and daily values always stay.",
        ),
        Field(
            "measures",
            "Measures",
            Kind.LINES,
            hint="One a line. Those that you take out go to the class “default”.",
            read=names_in,
            write="\n".join,
        ),
    ),
    group="Admin",
    sees=Role.ADMIN,
    writes=Role.ADMIN,
    searched="Name",
    loss="A class that still has measures stays.",
)
