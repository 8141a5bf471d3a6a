"""Rows of a table with the numbers that they have in their file."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from dtbase.domain.readings.batches import Mask

RowNumbers = NDArray[np.int64]


@dataclass(frozen=True)
class Part:
    """Some rows, and which of the file's rows each came from."""

    table: pa.Table
    rows: RowNumbers

    def filter(self, kept: Mask) -> Self:
        if kept.all():
            return self
        return replace(self, table=self.table.filter(pa.array(kept)), rows=self.rows[kept])
