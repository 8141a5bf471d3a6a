"""API keys: issue, list and revoke; this takes a log-in, since no key tends keys."""

from collections.abc import Sequence

from dtbase.client.options import listing, stretch
from dtbase.client.transport import Transport
from dtbase.domain.paging import Listed
from dtbase.domain.people.keys import IssuedKey, Key, NewKey
from dtbase.domain.people.refusals import Refusal


class Keys:
    """Keys of devices and scripts."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self,
        *,
        owner: str | None = None,
        search: str | None = None,
        writes_to: str | None = None,
        sort: str | None = None,
    ) -> Sequence[Key]:
        """Return those of one's own keys that fit, or for an admin of everybody's, by owner."""
        wanted = listing(owner=owner, search=search, writes_to=writes_to, sort=sort)
        return self._transport.list_of("/v1/keys", Key, wanted)

    def page(self, *, skip: int = 0, limit: int = 100, **filters: str | None) -> Listed[Key]:
        """Return a stretch of the list, and how many fit in all; filters are those of `list`."""
        return self._transport.page_of("/v1/keys", Key, stretch(skip, limit, filters))

    def get(self, key_id: int) -> Key:
        """Return one key, or raise NotFound."""
        return self._transport.get(f"/v1/keys/{key_id}", Key)

    def add(self, new: NewKey) -> IssuedKey:
        """Issue a key; its secret is known this once."""
        return self._transport.post("/v1/keys", IssuedKey, new.model_dump(mode="json"))

    def refusals(self, key_id: int) -> Sequence[Refusal]:
        """Return what was refused to a key within the last hour, the last first, and what helps."""
        return self._transport.list_of(f"/v1/keys/{key_id}/refusals", Refusal)

    def revoke(self, key_id: int) -> None:
        """End a key at once and for good."""
        self._transport.send("DELETE", f"/v1/keys/{key_id}", repeatable=True)
