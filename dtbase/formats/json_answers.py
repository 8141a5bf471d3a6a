"""Answers of reading queries as JSON: columns, with start and step where times are even."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray

from dtbase.domain.frozen import Frozen
from dtbase.domain.readings.columns import Columns, even_step
from dtbase.domain.registry.series import Labels

OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NAIVE_UTC | orjson.OPT_UTC_Z


class Head(Frozen):
    """What an answer says beside its series."""

    start: datetime
    end: datetime
    bucket: str
    source: str
    timezone: str


def encode(
    head: Head,
    labels: Sequence[Labels],
    columns: Sequence[Columns],
    more: Sequence[Mapping[str, Any]] = (),
) -> bytes:
    """Write an answer, with more said of each series if there is; NaN becomes null, times UTC."""
    parts = [series_part(*pair) for pair in zip(labels, columns, strict=True)]
    for part, told in zip(parts, more, strict=False):
        part.update(told)
    return orjson.dumps({**head.model_dump(), "series": parts}, option=OPTIONS)


def series_part(labels: Labels, columns: Columns) -> dict[str, Any]:
    since = columns.provisional_from
    return {
        **labels.model_dump(exclude_none=True),
        "count": len(columns),
        **time_part(columns),
        **({} if since is None else {"provisional_from": since}),
        "values": {str(name): plain(column) for name, column in columns.values.items()},
    }


def time_part(columns: Columns) -> dict[str, Any]:
    """Describe the times: start and step in seconds if they are even, else one by one."""
    step = even_step(columns.times)
    if step is None:
        return {"times": columns.times}
    start = columns.times[0].astype(datetime).replace(tzinfo=UTC)
    return {"start": start, "step": int(step) if step.is_integer() else step}


def plain(column: NDArray[Any]) -> Any:
    """Return a column as orjson takes it."""
    return column.tolist() if column.dtype == object else np.ascontiguousarray(column)
