"""Readings: push frames, ask for columns or frames."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from dtbase.client.transport import Transport
from dtbase.domain.queries import Aggregate, Fill
from dtbase.domain.readings import IngestCounts, ReadingsAnswer
from dtbase.domain.series import SeriesKey, Value

if TYPE_CHECKING:
    import pandas as pd

Names = Sequence[str | SeriesKey]


class Readings:
    """Readings of any series."""

    def __init__(self, transport: Transport) -> None:
        """Reach them through a transport."""
        self._transport = transport

    def query(  # noqa: PLR0913 - one keyword for each parameter of the route
        self,
        series: Names,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        bucket: str = "auto",
        points: int = 1_500,
        aggregates: Iterable[str | Aggregate] = (Aggregate.MEAN,),
        timezone: str = "UTC",
        fill: str | Fill = Fill.NONE,
    ) -> ReadingsAnswer:
        """Return the readings of [start, end), raw or in buckets; by default of the last 7 days."""
        wanted = {
            "series": [str(name) for name in series],
            "start": start and start.isoformat(),
            "end": end and end.isoformat(),
            "bucket": bucket,
            "points": points,
            "aggregates": [str(aggregate) for aggregate in aggregates],
            "timezone": timezone,
            "fill": str(fill),
        }
        given = {name: value for name, value in wanted.items() if value is not None}
        return self._transport.get("/v1/readings", ReadingsAnswer, given)

    def frame(  # noqa: PLR0913 - one keyword for each parameter of the route
        self,
        series: Names,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        bucket: str = "raw",
        aggregates: Iterable[str | Aggregate] = (Aggregate.MEAN,),
        timezone: str = "UTC",
        fill: str | Fill = Fill.NONE,
    ) -> "pd.DataFrame":
        """Return readings as a frame: one row a time in the zone, one column a series.

        With several aggregates the columns have two levels, series and aggregate.
        """
        from dtbase.client.frames import to_frame

        answer = self.query(
            series,
            start,
            end,
            bucket=bucket,
            aggregates=aggregates,
            timezone=timezone,
            fill=fill,
        )
        return to_frame(answer)

    def push(self, frame: "pd.DataFrame", on_conflict: str = "replace") -> IngestCounts:
        """Store a wide or a long frame; missing values are left out.

        Wide: aware times as index, columns named sensor/measure. Long: columns sensor, measure,
        time and value.
        """
        from dtbase.client.frames import to_bodies

        counts = [
            self.push_body(body, "application/vnd.apache.arrow.stream", on_conflict)
            for body in to_bodies(frame)
        ]
        return add_up(counts)

    def push_values(
        self,
        series: str | SeriesKey,
        times: Sequence[datetime],
        values: Sequence[Value],
        on_conflict: str = "replace",
    ) -> IngestCounts:
        """Store some values of one series, without pandas."""
        key = SeriesKey.parse(str(series))
        part = {
            "sensor": key.sensor,
            "measure": key.measure,
            "times": [time.isoformat() for time in times],
            "values": list(values),
        }
        response = self._transport.send(
            "POST",
            "/v1/readings",
            params={"on_conflict": on_conflict},
            json={"series": [part]},
            repeatable=True,
        )
        return IngestCounts.model_validate_json(response.content)

    def push_body(
        self, body: bytes, content_type: str, on_conflict: str = "replace"
    ) -> IngestCounts:
        """Store the readings of a body in any format that the API reads."""
        response = self._transport.send(
            "POST",
            "/v1/readings",
            params={"on_conflict": on_conflict},
            data=body,
            headers={"Content-Type": content_type},
            repeatable=True,
        )
        return IngestCounts.model_validate_json(response.content)


def add_up(counts: Sequence[IngestCounts]) -> IngestCounts:
    """Return the counts of several requests as those of one."""
    return IngestCounts(
        **{
            name: sum(getattr(count, name) for count in counts)
            for name in IngestCounts.model_fields
        }
    )
