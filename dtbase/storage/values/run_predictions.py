"""What one run predicts, whole."""

from datetime import UTC, datetime
from typing import Any

from numpy.typing import NDArray
from sqlalchemy.orm import Session

from dtbase.domain.forecasts.selections import OfRun
from dtbase.domain.readings.columns import Columns, even_step
from dtbase.domain.readings.readings import SeriesValues
from dtbase.domain.registry.series import Labels, Value
from dtbase.domain.timeranges import EARLIEST, LATEST
from dtbase.domain.values.queries import Predicted, ValuesQuery
from dtbase.errors import NotFound
from dtbase.storage.values.plans import plan
from dtbase.storage.values.reads import read


def predictions_of(session: Session, run_id: int) -> list[SeriesValues]:
    """Return what a run predicts, a column for the mean and two for each interval."""
    subject = Predicted(OfRun(run=run_id))
    query = ValuesQuery(subject, EARLIEST, LATEST, resolution=None, now=LATEST)
    try:
        planned = plan(session, query)
    except NotFound:
        return []
    columns = read(session, planned)
    return [to_series(*pair) for pair in zip(planned.labels, columns, strict=True) if len(pair[1])]


def to_series(labels: Labels, columns: Columns) -> SeriesValues:
    times = [time.replace(tzinfo=UTC) for time in columns.times.astype(datetime)]
    step = even_step(columns.times)
    return SeriesValues(
        **labels.model_dump(),
        count=len(times),
        start=times[0] if step else None,
        step=step,
        times=None if step else times,
        provisional_from=columns.provisional_from,
        values={name: plain(column) for name, column in columns.values.items()},
    )


def plain(column: NDArray[Any]) -> list[Value | None]:
    """Return a column as Python values; NaN is None."""
    return [None if value != value else value for value in column.tolist()]  # noqa: PLR0124
