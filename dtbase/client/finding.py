"""Finding in the whole history of series: when conditions held, and what looks alike."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict, Unpack

from dtbase.client.transport import Transport
from dtbase.domain.values.likeness import LikesAnswer
from dtbase.domain.values.periods import PeriodsAnswer


class Limits(TypedDict, total=False):
    """Which periods count, as docs/finding.md says."""

    for_at_least: str
    from_hour: float
    to_hour: float
    weekday: Sequence[str]
    timezone: str
    limit: int
    traces: int
    before: str
    after: str


class Finding:
    """Searches of readings."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def when(
        self,
        conditions: str | Sequence[str],
        start: datetime | None = None,
        end: datetime | None = None,
        **limits: Unpack[Limits],
    ) -> PeriodsAnswer:
        """Return the periods in which all conditions held, such as "EWR/temperature above 30"."""
        texts = [conditions] if isinstance(conditions, str) else [*conditions]
        asked = {"condition": texts, "start": start, "end": end, **limits}
        return self._transport.get("/v1/periods", PeriodsAnswer, asked)

    def similar(  # noqa: PLR0913 - which stretch, among which, and how finely
        self,
        series: str,
        start: datetime,
        end: datetime,
        *,
        bucket: str = "auto",
        search_start: datetime | None = None,
        search_end: datetime | None = None,
        limit: int = 10,
    ) -> LikesAnswer:
        """Return the stretches of a series that look like one of its stretches, closest first."""
        asked = {
            "series": series,
            "start": start.isoformat(),
            "end": end.isoformat(),
            "bucket": bucket,
            "search_start": search_start,
            "search_end": search_end,
            "limit": limit,
        }
        return self._transport.get("/v1/likes", LikesAnswer, asked)
