"""The lines of a chart: which there are, their series, and why others cannot be shown."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from dtbase.domain.glance.chart import LineName
from dtbase.domain.readings.readings import SeriesValues
from dtbase.domain.registry.measures import Datatype
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.values.queries import (
    ValuesQuery,
)
from dtbase.storage import values
from dtbase.storage.registry.series import Resolved

HOUR = timedelta(hours=1)
NUMBERS = frozenset({Datatype.FLOAT, Datatype.INTEGER})
Found = dict[SeriesKey, SeriesValues]


class Lines(NamedTuple):
    """The lines that exist, their series, and why the others cannot be shown."""

    names: Sequence[LineName]
    known: Mapping[SeriesKey, Resolved]
    missing: dict[str, str]

    @property
    def series(self) -> Sequence[Resolved]:
        """All series once, in the order of the lines."""
        return [self.known[key] for key in dict.fromkeys(name.key for name in self.sensors)]

    @property
    def sensors(self) -> Sequence[LineName]:
        return [name for name in self.names if name.location is None and name.formula is None]

    def measured(self, *, numbers: bool) -> Sequence[Resolved]:
        """Return the series of which readings are asked for: of numbers, or of states."""
        found = [self.known[name.key] for name in self.sensors if name.belief is None]
        return [series for series in found if (series.datatype in NUMBERS) is numbers]

    @property
    def formulas(self) -> Sequence[LineName]:
        return [name for name in self.names if name.formula is not None]

    @property
    def places(self) -> Sequence[LineName]:
        return [name for name in self.names if name.location is not None]


def read(session: Session, query: ValuesQuery) -> Found:
    """Return values by the names of their series."""
    planned = values.plan(session, query)
    columns = values.read(session, planned)
    found = [values.to_series(*pair) for pair in zip(planned.labels, columns, strict=True)]
    return {each.key: each for each in found}
