"""What is set aside: listed, believed after all, or dropped for good."""

from collections.abc import Sequence
from datetime import datetime
from math import inf
from typing import Any

from dtbase.client.options import listing, stretch
from dtbase.client.transport import Transport, read
from dtbase.domain.paging import Listed
from dtbase.domain.readings.set_aside import (
    AsideCounts,
    AsideFilter,
    Choice,
    Dropped,
    SetAside,
    TakenIn,
)


class ReadingsSetAside:
    """Readings that are not believed, as they were sent."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self,
        *,
        rule: str | None = None,
        sensor: str | None = None,
        measure: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        limit: int | None = None,
    ) -> Sequence[SetAside]:
        """Return what fits, newest first."""
        asked = listing(rule=rule, sensor=sensor, measure=measure, start=start, end=end)
        most = inf if limit is None else limit
        return self._transport.list_of("/v1/set-aside", SetAside, asked, most)

    def page(
        self, wanted: AsideFilter | None = None, *, skip: int = 0, limit: int = 100
    ) -> Listed[SetAside]:
        """Return a stretch of what fits, newest first, and how many fit in all."""
        asked = stretch(skip, limit, parameters(wanted))
        return self._transport.page_of("/v1/set-aside", SetAside, asked)

    def counts(self, wanted: AsideFilter | None = None) -> AsideCounts:
        """Tell how many readings each rule has set aside, and of which series most."""
        return self._transport.get("/v1/set-aside/counts", AsideCounts, parameters(wanted))

    def take_in(self, choice: Choice, *, dry_run: bool = False) -> TakenIn:
        """Believe readings after all; rules leave them alone from then on."""
        return read(TakenIn, self._send("take-in", choice, dry_run))

    def drop(self, choice: Choice, *, dry_run: bool = False) -> Dropped:
        """Drop readings for good."""
        return read(Dropped, self._send("drop", choice, dry_run))

    def _send(self, what: str, choice: Choice, dry_run: bool) -> bytes:
        body = choice.model_dump(mode="json", exclude_none=True)
        path, asked = f"/v1/set-aside/{what}", {"dry_run": dry_run}
        return self._transport.send("POST", path, json=body, params=asked).content


def parameters(wanted: AsideFilter | None) -> dict[str, Any]:
    """Return what a filter asks for."""
    return {} if wanted is None else wanted.model_dump(exclude_none=True)
