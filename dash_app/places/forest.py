"""The tree of places as it is shown: what stands in what, and what is measured where."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

from dash_app.overview.attention import GRAVITY
from dtbase.domain.frozen import Frozen
from dtbase.domain.glance.overview import Concern, Overview, PlaceNow, SeriesNow

MOST_ROWS = 400
"""More are not drawn at once: one looks for them, or goes into a place."""


class Branch(Frozen):
    """A place, what stands in it, and the series that are there themselves."""

    place: PlaceNow
    series: tuple[SeriesNow, ...]
    branches: "tuple[Branch, ...]"

    def walk(self) -> "Iterator[Branch]":
        """Yield the place and all that stand in it."""
        yield self
        for branch in self.branches:
            yield from branch.walk()

    @property
    def concern(self) -> Concern | None:
        """Return the gravest that is unusual, here or further in."""
        found = [s.concern for b in self.walk() for s in b.series if s.concern is not None]
        return min(found, key=GRAVITY.__getitem__, default=None)

    @property
    def sensors(self) -> int:
        """Return how many sensors are here or further in."""
        return len({series.sensor for branch in self.walk() for series in branch.series})


class Forest(Frozen):
    """All places, and all series that are at one."""

    places: tuple[PlaceNow, ...]
    series: tuple[SeriesNow, ...]

    @classmethod
    def of(cls, overview: Overview) -> "Forest":
        return cls(places=overview.places, series=overview.series)

    @cached_property
    def by_name(self) -> Mapping[str, PlaceNow]:
        return {place.identifier: place for place in self.places}

    @cached_property
    def below(self) -> Mapping[str | None, Sequence[PlaceNow]]:
        found: dict[str | None, list[PlaceNow]] = {}
        for place in self.places:
            found.setdefault(place.parent, []).append(place)
        return found

    @cached_property
    def here(self) -> Mapping[str | None, Sequence[SeriesNow]]:
        found: dict[str | None, list[SeriesNow]] = {}
        for series in self.series:
            found.setdefault(series.location, []).append(series)
        return found

    def way_to(self, identifier: str) -> list[PlaceNow]:
        """Return a place and those in which it stands, the outermost first."""
        way: list[PlaceNow] = []
        place = self.by_name.get(identifier)
        while place is not None and place not in way:
            way.insert(0, place)
            place = self.by_name.get(place.parent) if place.parent else None
        return way

    def branch(self, place: PlaceNow) -> Branch:
        """Return a place with all that stands in it."""
        return Branch(
            place=place,
            series=tuple(self.here.get(place.identifier, ())),
            branches=tuple(self.branch(each) for each in self.below.get(place.identifier, ())),
        )

    def roots(self, within: str) -> list[Branch]:
        """Return a place with all in it; of none, those that stand in no other."""
        if within:
            root = self.by_name.get(within)
            return [self.branch(root)] if root else []
        return [self.branch(each) for each in self.below.get(None, ())]

    def shown(self, within: str, words: str) -> list[Branch]:
        """Return the outermost places that are shown, with what fits the words in them."""
        root = self.by_name.get(within)
        outermost = self.below.get(root.identifier if root else None, ())
        trees = [self.branch(each) for each in outermost]
        wanted = words.lower().split()
        return [kept for tree in trees if (kept := fitting(tree, wanted)) is not None]


def fitting(branch: Branch, words: Sequence[str]) -> Branch | None:
    """Return a place if it fits, or only the way to those in it that do."""
    if fits(branch, words):
        return branch
    inner = [kept for each in branch.branches if (kept := fitting(each, words)) is not None]
    return branch.model_copy(update={"branches": tuple(inner)}) if inner else None


def fits(branch: Branch, words: Sequence[str]) -> bool:
    names = {
        name
        for series in branch.series
        for name in (series.sensor, series.sensor_name or "", series.measure.replace("_", " "))
    }
    text = " ".join((branch.place.identifier, branch.place.name, *names)).lower()
    return all(word in text for word in words)
