"""How complete and how good series are."""

from collections.abc import Sequence
from datetime import datetime

from pydantic import TypeAdapter

from dtbase.client.options import Names, parameters
from dtbase.client.transport import Transport
from dtbase.domain.readings.quality import SeriesQuality

ANSWER = TypeAdapter(tuple[SeriesQuality, ...])


class Qualities:
    """Completeness, flags and silences by series and month."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def of(
        self, series: Names, start: datetime | None = None, end: datetime | None = None
    ) -> Sequence[SeriesQuality]:
        """Return how series were, month by month; by default those of the last year."""
        asked = parameters(series, start, end, {})
        return ANSWER.validate_json(
            self._transport.send("GET", "/v1/quality", params=asked).content
        )
