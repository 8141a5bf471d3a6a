"""The twin at a glance: what is found by name, and what changed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Unpack
from urllib.parse import quote

from dtbase.client.options import ChartOptions
from dtbase.client.transport import Transport
from dtbase.domain.glance.changes import Changes
from dtbase.domain.glance.chart import Chart, LineName
from dtbase.domain.glance.outlook import Outlook
from dtbase.domain.glance.overview import Overview
from dtbase.domain.glance.search import Hit
from dtbase.domain.glance.sensor_now import SensorNow
from dtbase.domain.glance.timelapse import Timelapse
from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.versions import version_of


class Glance:
    """What goes over all nouns."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def overview(self) -> Overview:
        """Return every series with its last value and its day, and how the base is doing."""
        return self._transport.get("/v1/overview", Overview)

    def sensor(self, sensor: str, timezone: str = "UTC") -> SensorNow:
        """Return a sensor's series with the day and the 90 days behind them, or raise NotFound."""
        path = f"/v1/sensors/{quote(sensor, safe='')}/now"
        return self._transport.get(path, SensorNow, {"timezone": timezone})

    def outlook(self, series: str | SeriesKey, runs: int = 200) -> Outlook:
        """Return all that is known of how a series is forecast, or raise NotFound."""
        return self._transport.get("/v1/outlook", Outlook, {"series": str(series), "runs": runs})

    def chart(
        self,
        lines: Iterable[str | SeriesKey | LineName],
        start: datetime | None,
        end: datetime,
        **options: Unpack[ChartOptions],
    ) -> Chart:
        """Return all that a chart of [start, end) draws, from the first reading if None.

        A line is `sensor/measure`, `@location/measure`, or `sensor/measure~latest` for a forecast.
        """
        asked = {"line": [*lines], "start": start, "end": end, **options}
        return self._transport.get("/v1/chart", Chart, asked)

    def timelapse(
        self, measure: str, start: datetime, end: datetime, step: str = "1h"
    ) -> Timelapse:
        """Return all series of a measure that stand anywhere, step by step: measured and forecast.

        Those of one location are `locations.timelapse`.
        """
        asked = {"measure": measure, "start": start, "end": end, "step": step}
        return self._transport.get("/v1/timelapse", Timelapse, asked)

    def search(self, words: str, limit: int = 8) -> Sequence[Hit]:
        """Find anything by parts of its name: at most so many of each kind, the closest first."""
        return self._transport.list_of("/v1/search", Hit, {"q": words, "limit": limit})

    def changes(self, known: Changes | None = None) -> Changes | None:
        """Return the versions of what there is to see; None when they are those that are known."""
        headers = {} if known is None else {"If-None-Match": f'"{version_of(known)}"'}
        answer = self._transport.send("GET", "/v1/changes", repeatable=True, headers=headers)
        if answer.status_code == HTTPStatus.NOT_MODIFIED:
            return None
        return Changes.model_validate_json(answer.content)
