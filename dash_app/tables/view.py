"""What a table's address says: the words looked for, the filters, the order, what is open."""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from dash_app.tables.noun import Noun
from dtbase.domain.frozen import Frozen

LONGEST = 100


class View(Frozen):
    """The state of a table."""

    words: str = ""
    filters: Mapping[str, str] = {}
    sort: str | None = None
    open: str | None = None
    new: bool = False
    words_as: str = "search"

    @classmethod
    def parse(cls, noun: Noun, search: str | None) -> "View":
        """Read an address; what it says wrongly is not said."""
        given = dict(parse_qsl((search or "").removeprefix("?")))
        sort = given.get("sort")
        return cls(
            words=given.get("q", "").replace("\0", "").strip()[:LONGEST],
            filters={
                name: value.replace("\0", "")[:LONGEST]
                for name, value in given.items()
                if name in noun.asks and value
            },
            sort=sort if sort and sort.removeprefix("-") in noun.sorts else None,
            open=given.get("open"),
            new="new" in given,
            words_as=noun.words,
        )

    @property
    def parameters(self) -> dict[str, str | None]:
        """Return what the API's list is asked for."""
        return {**self.filters, self.words_as: self.words or None, "sort": self.sort}
