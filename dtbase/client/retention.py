"""Retention classes: how long raw readings are kept; changing them is for admins."""

from collections.abc import Sequence

from dtbase.client.registry import if_match
from dtbase.client.transport import Transport, read
from dtbase.domain.readings.retention import Retention, Rules


class RetentionClasses:
    """Classes of measures by how long their raw readings are kept."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(self) -> Sequence[Retention]:
        return self._transport.list_of("/v1/retention", Retention)

    def get(self, name: str) -> Retention:
        """Return one class, or raise NotFound."""
        return self._transport.get(f"/v1/retention/{name}", Retention)

    def set(
        self,
        name: str,
        keep_days: int | None,
        measures: Sequence[str] = (),
        *,
        instead_of: Retention | None = None,
    ) -> Retention:
        """Add a class or change how long it keeps, None for good; move measures to it.

        Raise Stale if it is no longer as the one that it is set instead of.
        """
        rules = Rules(keep_days=keep_days, measures=tuple(measures))
        response = self._transport.send(
            "PUT",
            f"/v1/retention/{name}",
            json=rules.model_dump(mode="json"),
            headers={} if instead_of is None else if_match(instead_of),
            repeatable=instead_of is None,
        )
        return read(Retention, response.content)

    def delete(self, retention: Retention | str) -> None:
        """Delete a class that no measure is in any more; the class `default` stays."""
        name = retention if isinstance(retention, str) else retention.name
        self._transport.send("DELETE", f"/v1/retention/{name}", headers=if_match(retention))
