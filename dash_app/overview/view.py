"""Which part of the twin Overview shows, as its address says it."""

from collections.abc import Iterable, Sequence
from typing import Self
from urllib.parse import parse_qsl, urlencode

from dtbase.domain.frozen import Frozen
from dtbase.domain.glance.overview import Overview, PlaceNow, SeriesNow

UNUSUAL = "unusual"
EVERYTHING = "all"
STATES = {EVERYTHING: "All", UNUSUAL: "Needs attention"}
LONGEST = 100


class View(Frozen):
    """The state of the page: words to look for, a subtree, a type of sensor, what is unusual."""

    words: str = ""
    within: str = ""
    kind: str = ""
    state: str = EVERYTHING
    all: bool = False

    @classmethod
    def parse(cls, search: str | None) -> Self:
        given = dict(parse_qsl((search or "").lstrip("?")))
        state = given.get("state", EVERYTHING)
        return cls(
            words=given.get("q", "")[:LONGEST],
            within=given.get("within", ""),
            kind=given.get("type", ""),
            state=state if state in STATES else EVERYTHING,
            all="all" in given,
        )

    def search(self) -> str:
        state = "" if self.state == EVERYTHING else self.state
        pairs = {
            "q": self.words,
            "within": self.within,
            "type": self.kind,
            "state": state,
            "all": "1" * self.all,
        }
        written = urlencode({name: value for name, value in pairs.items() if value})
        return f"?{written}" if written else ""

    @property
    def narrowed(self) -> bool:
        """Tell whether anything is left out."""
        return self.model_copy(update={"all": False}) != View()


def chosen(overview: Overview, view: View) -> Sequence[SeriesNow]:
    names = {place.identifier: place.name for place in overview.places}
    inside = subtree(overview.places, view.within) if view.within else None
    words = view.words.lower().split()
    return [
        series
        for series in overview.series
        if (inside is None or series.location in inside)
        and (not view.kind or series.sensor_type == view.kind)
        and (view.state != UNUSUAL or series.concern is not None)
        and all(word in text_of(series, names.get(series.location or "")) for word in words)
    ]


def subtree(places: Iterable[PlaceNow], root: str) -> frozenset[str]:
    below: dict[str | None, list[str]] = {}
    for place in places:
        below.setdefault(place.parent, []).append(place.identifier)
    found, waiting = set[str](), [root]
    while waiting:
        place_ = waiting.pop()
        if place_ not in found:
            found.add(place_)
            waiting += below.get(place_, [])
    return frozenset(found)


def text_of(series: SeriesNow, place: str | None) -> str:
    """Return all that a series can be found by."""
    measure = f"{series.measure} {series.measure.replace('_', ' ')}"
    parts = (series.sensor, series.sensor_name, measure, series.location, place)
    return " ".join(part for part in parts if part).lower()
