"""What is set aside: listed, believed after all, or dropped for good."""

from collections.abc import Sequence
from datetime import datetime
from math import inf

from dtbase.client.options import listing
from dtbase.client.transport import Transport, read
from dtbase.domain.readings.set_aside import Choice, Dropped, SetAside, TakenIn


class ReadingsSetAside:
    """Readings that are not believed, as they were sent."""

    def __init__(self, transport: Transport) -> None:
        """Reach them through a transport."""
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

    def take_in(self, choice: Choice) -> TakenIn:
        """Believe readings after all; rules leave them alone from then on."""
        answer = self._send("take-in", choice)
        return read(TakenIn, answer)

    def drop(self, choice: Choice) -> Dropped:
        """Drop readings for good."""
        return read(Dropped, self._send("drop", choice))

    def _send(self, what: str, choice: Choice) -> bytes:
        body = choice.model_dump(mode="json", exclude_none=True)
        return self._transport.send("POST", f"/v1/set-aside/{what}", json=body).content
