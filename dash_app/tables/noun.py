"""What a table of one noun is told: its columns, fields and filters, and where the API has it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, get_args
from zoneinfo import ZoneInfo

from dash.development.base_component import Component

from dtbase.client import Client
from dtbase.domain.changes import Change
from dtbase.domain.frozen import Frozen
from dtbase.domain.paging import Page
from dtbase.domain.people.users import Role

Document = dict[str, Any]


class Look(StrEnum):
    """How the cells of a column look."""

    TEXT = "text"
    CODE = "code"
    TIME = "time"
    FLAG = "flag"


class Kind(StrEnum):
    """What a field of a form is."""

    TEXT = "text"
    CODE = "code"
    LONG = "long"
    NUMBER = "number"
    CHOICE = "choice"
    PICK = "pick"
    SOME = "some"
    LINES = "lines"
    HIDDEN = "hidden"
    FLAG = "flag"


@dataclass(frozen=True)
class Option:
    """One thing to choose: what is stored, and what a person reads."""

    value: str
    label: str


Options = Callable[[Client], Sequence[Option]]


class Choices:
    """What can be chosen, asked once however many fields, filters and columns offer it."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._known: dict[Options, Sequence[Option]] = {}

    def of(self, options: Options | None) -> Sequence[Option]:
        """Return what can be chosen; nothing where nothing is offered."""
        if options is None:
            return ()
        if options not in self._known:
            self._known[options] = options(self._client)
        return self._known[options]


@dataclass(frozen=True)
class Column:
    """One column; what it shows is the thing's attribute of its name, unless a function says."""

    name: str
    title: str
    look: Look = Look.TEXT
    share: int = 2
    link: bool = False
    shown: bool = True
    show: Callable[[Any], Any] | None = None


@dataclass(frozen=True)
class Field:
    """One field of the form, whose name is the one that the API knows."""

    name: str
    title: str
    kind: Kind = Kind.TEXT
    hint: str = ""
    optional: bool = False
    options: Options | None = None
    start: Any = None
    in_cell: bool = False
    in_many: bool = False
    when: str = "always"
    """`always`, or only in the form for something `new`, or only in that for a `change`."""
    read: Callable[[str], Any] | None = None
    write: Callable[[Any], str] | None = None
    """How lines of text become a value and back; a read-only form only writes them."""
    merge: Callable[[Any, Any], Any] | None = None
    """What a value means beside the one before, whose lines do not say everything."""


@dataclass(frozen=True)
class Filter:
    """One choice above the table, which the API's list takes as a parameter of this name."""

    name: str
    title: str
    options: Options


@dataclass(frozen=True)
class Typed:
    """A filter above the table that one types: words, or a `date` on the site's clock."""

    name: str
    title: str
    kind: str = "text"


@dataclass(frozen=True)
class Noun:
    """A table, its form, and who may do what; the API decides, this only offers."""

    name: str
    title: str
    one: str
    icon: str
    key: str
    kind: type[Frozen]
    query: type[Page]
    store: Callable[[Client], Any]
    columns: tuple[Column, ...]
    fields: tuple[Field, ...] = ()
    filters: tuple[Filter, ...] = ()
    typed: tuple[Typed, ...] = ()
    new: type[Frozen] | None = None
    change: type[Change] | None = None
    group: str = "The twin"
    hint: str = ""
    """What tells its page from one of a like name, in the navigation."""
    sees: Role = Role.VIEWER
    writes: Role = Role.EDITOR
    deletes: Role | None = Role.ADMIN
    cascades: bool = False
    restorable: bool = True
    searched: str = "Name or identifier"
    words: str = "search"
    """As which parameter the API's list takes the words that somebody looks for."""
    several: str = ""
    """What several are called in a sentence, if not as the page."""
    also: frozenset[str] = frozenset()
    """Filters that only links to the table set."""
    page: str = ""
    """Where one of them has a page of its own, up to its key."""
    about: Callable[[Any, ZoneInfo], list[Component]] | None = None
    """What the drawer tells above the form."""
    loss: str = ""
    empty: str = ""

    @property
    def path(self) -> str:
        return f"/{self.name}"

    @property
    def sorts(self) -> frozenset[str]:
        """Return by which columns the API can sort."""
        orders = get_args(self.query.model_fields["sort"].annotation)
        return frozenset(order.removeprefix("-") for order in orders)

    @property
    def asks(self) -> frozenset[str]:
        """Return the parameters of the API's list by which rows are left out."""
        chosen_ = {each.name for each in self.filters} | {each.name for each in self.typed}
        return self.also | chosen_

    @property
    def many(self) -> str:
        """Return what several are called in a sentence."""
        return self.several or self.title[:1].lower() + self.title[1:]

    def key_of(self, thing: Frozen) -> str:
        return str(getattr(thing, self.key))

    def called(self, document: Document) -> str:
        """Return what a person calls one of them: what its first column says."""
        return str(document[self.columns[0].name])

    def thing_of(self, document: Document) -> Any:
        """Read a thing that the browser kept for us."""
        return self.kind.model_validate(document)

    def again(self, document: Document) -> Frozen:
        """Return what adds a deleted thing anew."""
        assert self.new is not None
        known = self.new.model_fields
        return self.new(**{name: value for name, value in document.items() if name in known})


def chosen(values: Mapping[Any, str] | type[StrEnum]) -> Options:
    """Return fixed choices: values with their words, or an enumeration's values as they are."""
    known = values if isinstance(values, Mapping) else {each: each.capitalize() for each in values}
    options = [Option(str(value), words) for value, words in known.items()]
    return lambda _client: options


def named(things: Sequence[Any], key: str = "name", label: str | None = None) -> list[Option]:
    """Return things as what to choose from."""
    found = []
    for thing in things:
        value = str(getattr(thing, key))
        words = getattr(thing, label) if label else None
        found.append(Option(value, f"{words} ({value})" if words and words != value else value))
    return found
