"""One's own open log-ins."""

from collections.abc import Sequence
from uuid import UUID

from dtbase.client.transport import Transport
from dtbase.domain.people.sessions import OpenSession


class Sessions:
    """Log-ins that are open: see them, and end them."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> Sequence[OpenSession]:
        """Return one's open log-ins, the one used last first."""
        return self._transport.list_of("/v1/sessions", OpenSession)

    def end(self, session_id: UUID) -> None:
        """End one log-in at once, or raise NotFound."""
        self._transport.send("DELETE", f"/v1/sessions/{session_id}")

    def end_all(self) -> None:
        """End all one's log-ins, this one included."""
        self._transport.send("DELETE", "/v1/sessions")
        self._transport.tokens = None
