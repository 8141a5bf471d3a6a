"""Readings: push frames, ask for columns or frames."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Unpack

from dtbase.client import exports
from dtbase.client.exports import Progress
from dtbase.client.options import Names, Options, Saying, parameters
from dtbase.client.transport import Transport, read
from dtbase.domain.readings.answers import Format, Layout
from dtbase.domain.readings.queries import Aggregate
from dtbase.domain.readings.readings import (
    Deleted,
    FormulasAnswer,
    IngestCounts,
    ReadingsAnswer,
    add_up,
)
from dtbase.domain.registry.series import SeriesKey, Value
from dtbase.domain.values.statistics import Summary

if TYPE_CHECKING:
    import pandas as pd


class Readings:
    """Readings of any series, and predictions in the same way."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def query(
        self,
        series: Names = (),
        start: datetime | None = None,
        end: datetime | None = None,
        **options: Unpack[Options],
    ) -> ReadingsAnswer:
        """Return the readings of [start, end), in buckets that suit; by default of the last 7 days.

        The options, such as bucket, aggregates, timezone or model, are those of `Options`.
        """
        asked = parameters(series, start, end, options)
        return self._transport.get("/v1/readings", ReadingsAnswer, asked)

    def statistics(
        self, series: Names, start: datetime, end: datetime, earlier_start: datetime | None = None
    ) -> Sequence[Summary]:
        """Return what the readings of [start, end) amount to: mean, extremes, quantiles, total.

        Each has the same of as long a range from `earlier_start` on, if that is given.
        """
        asked = {**parameters(series, start, end, {}), "earlier_start": earlier_start}
        return self._transport.list_of("/v1/statistics", Summary, asked)

    def frame(
        self,
        series: Names = (),
        start: datetime | None = None,
        end: datetime | None = None,
        **options: Unpack[Options],
    ) -> "pd.DataFrame":
        """Return readings as a frame, raw unless a bucket is given, and of any number.

        One row a time in the zone, one column a series; with several aggregates (or with the
        intervals of predictions) the columns have two levels, series and aggregate.
        """
        from dtbase.client.frames import from_arrow

        asked = parameters(series, start, end, {"bucket": "raw", **options})
        asked |= {"format": Format.ARROW, "layout": Layout.WIDE}
        answer = self._transport.send("GET", "/v1/readings", params=asked, repeatable=True)
        return from_arrow(answer.content)

    def formula(  # noqa: PLR0913 - what, from when to when, and how finely
        self,
        formulas: str | Sequence[str],
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        bucket: str = "auto",
        points: int = 1_500,
        aggregate: str | Aggregate = Aggregate.MEAN,
        timezone: str = "UTC",
    ) -> FormulasAnswer:
        """Return what formulas such as "EWR/temperature - JFK/temperature" came to.

        Each is answered like a series; docs/formulas.md says what a formula may hold.
        """
        asked = {
            "formula": [formulas] if isinstance(formulas, str) else [*formulas],
            "start": start and start.isoformat(),
            "end": end and end.isoformat(),
            "bucket": bucket,
            "points": points,
            "aggregate": str(aggregate),
            "timezone": timezone,
        }
        return self._transport.get("/v1/formulas", FormulasAnswer, asked)

    def export(  # noqa: PLR0913 - what, from when to when, where to, how and how loud
        self,
        series: Names,
        to: Path | str | BinaryIO,
        start: datetime | None = None,
        end: datetime | None = None,
        *,
        format: str | Format | None = None,
        layout: str | Layout = Layout.LONG,
        progress: Progress | bool = False,
        **options: Unpack[Options],
    ) -> int:
        """Write readings to a file while they come, raw unless a bucket is given; return its bytes.

        The format is csv, parquet or arrow, by default as the file's name ends. `progress` is
        called with the bytes so far; True tells it on standard error.
        """
        place = Path(to) if isinstance(to, str) else to
        asked = parameters(series, start, end, {"bucket": "raw", **options})
        asked |= {"format": exports.format_of(place, format), "layout": str(layout)}
        tell = exports.told() if progress is True else progress or None
        return exports.save(self._transport, asked, place, tell)

    def delete(self, series: str | SeriesKey, start: datetime, end: datetime) -> int:
        """Delete the readings of one series in [start, end), and return how many there were."""
        asked = {"series": str(series), "start": start.isoformat(), "end": end.isoformat()}
        response = self._transport.send("DELETE", "/v1/readings", params=asked, repeatable=True)
        return read(Deleted, response.content).deleted

    def push(
        self,
        frame: "pd.DataFrame",
        on_conflict: str = "replace",
        on_invalid: str = "refuse",
        **said: Unpack[Saying],
    ) -> IngestCounts:
        """Store a wide or a long frame; missing values are left out.

        Wide: aware times as index, columns named sensor/measure. Long: columns sensor, measure,
        time and value. `unit` says their unit, `stamps` and `interval` where their times lie; a
        long frame may say it of each reading, in columns of these names.
        """
        from dtbase.client.frames import to_bodies

        counts = [
            self.push_body(
                body, "application/vnd.apache.arrow.stream", on_conflict, on_invalid, **said
            )
            for body in to_bodies(frame)
        ]
        return add_up(counts)

    def push_values(
        self,
        series: str | SeriesKey,
        times: Sequence[datetime],
        values: Sequence[Value],
        on_conflict: str = "replace",
        on_invalid: str = "refuse",
        **said: Unpack[Saying],
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
            params={"on_conflict": on_conflict, "on_invalid": on_invalid, **said},
            json={"series": [part]},
            repeatable=True,
        )
        return read(IngestCounts, response.content)

    def push_body(
        self,
        body: bytes,
        content_type: str,
        on_conflict: str = "replace",
        on_invalid: str = "refuse",
        **said: Unpack[Saying],
    ) -> IngestCounts:
        """Store the readings of a body in any format that the API reads."""
        response = self._transport.send(
            "POST",
            "/v1/readings",
            params={"on_conflict": on_conflict, "on_invalid": on_invalid, **said},
            data=body,
            headers={"Content-Type": content_type},
            repeatable=True,
        )
        return read(IngestCounts, response.content)
