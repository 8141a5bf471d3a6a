"""Which part of the tree of places is shown, and which place is looked at, by the address."""

from typing import Self
from urllib.parse import parse_qsl, urlencode

from dash_app.places.ids import PATH
from dtbase.domain.frozen import Frozen

LONGEST = 100


class View(Frozen):
    """Words to look for, the place whose inside is shown, and the one that is looked at."""

    words: str = ""
    within: str = ""
    at: str = ""

    @classmethod
    def parse(cls, search: str | None) -> Self:
        given = dict(parse_qsl((search or "").lstrip("?")))
        return cls(
            words=given.get("q", "")[:LONGEST],
            within=given.get("in", ""),
            at=given.get("at", ""),
        )

    def search(self) -> str:
        pairs = {"q": self.words, "in": self.within, "at": self.at}
        written = urlencode({name: value for name, value in pairs.items() if value})
        return f"?{written}" if written else ""


def address_of(place: str) -> str:
    """Return the address at which a place is looked at."""
    return PATH + View(at=place).search()


def inside_of(place: str) -> str:
    """Return the address at which the inside of a place is shown alone."""
    return PATH + View(within=place, at=place).search()
