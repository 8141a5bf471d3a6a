"""Of which series each row of a block is."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from dtbase.domain.imports import patterns
from dtbase.domain.imports.profiles import ColumnPlan, Profile
from dtbase.domain.registry.measures import Datatype
from dtbase.errors import Invalid
from dtbase.formats.arrow_batches import codes

Groups = NDArray[np.int64]


@dataclass(frozen=True)
class Known:
    """What the twin says of a series."""

    datatype: Datatype = Datatype.FLOAT
    unit: str | None = None


Registry = Mapping[str, Known]


@dataclass(frozen=True)
class Keys:
    """The distinct texts of the key columns, and which of them each row has."""

    texts: list[Mapping[str, str]]
    groups: Groups


def keys_of(table: pa.Table, profile: Profile) -> Keys:
    """Read the key columns of some rows."""
    columns = [*profile.keys, *([profile.unit_column] if profile.unit_column else [])]
    if not columns:
        return Keys([{}], np.zeros(table.num_rows, dtype=np.int64))
    texts: list[tuple[str, ...]] = [()]
    groups = np.zeros(table.num_rows, dtype=np.int64)
    for name in columns:
        own, which = codes(trimmed(table[name]))
        pairs, groups = np.unique(groups * max(len(own), 1) + which, return_inverse=True)
        texts = [(*texts[pair // len(own)], own[pair % len(own)]) for pair in pairs.tolist()]
    return Keys([dict(zip(columns, each, strict=True)) for each in texts], groups)


def trimmed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type
    return pc.utf8_trim_whitespace(column) if pa.types.is_string(kind) else column


@dataclass
class Namer:
    """Finds the series of columns and keys, each once."""

    profile: Profile
    names: dict[tuple[str, tuple[str, ...]], str | None] = field(default_factory=dict)
    tidied: dict[str, str] = field(default_factory=dict)

    def name(self, column: str, plan: ColumnPlan, texts: Mapping[str, str]) -> str | None:
        """Return sensor/measure for a column in rows with these texts, if the profile says it."""
        at = (column, tuple(texts.values()))
        if at not in self.names:
            self.names[at] = self._find(plan, {**texts, "column": column})
        return self.names[at]

    def _find(self, plan: ColumnPlan, texts: Mapping[str, str]) -> str | None:
        name = patterns.filled(plan.series, texts)
        found = patterns.renamed(name, self.profile.series)
        if found is None and name.count("/") == 1 and all(name.split("/")):
            return self._tidied(name) if self.profile.tidy else name
        return found

    def _tidied(self, name: str) -> str:
        """Return a name as sensors and measures have it, unless another one is the same then."""
        tidy = "/".join(map(patterns.identifier, name.split("/")))
        other = self.tidied.setdefault(tidy, name)
        if other != name:
            raise Invalid(
                f"both {other!r} and {name!r} would be {tidy}: say --series for one of them",
                field="series",
            )
        return tidy
