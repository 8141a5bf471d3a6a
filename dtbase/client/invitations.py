"""Invitations: links by which people become users."""

from collections.abc import Sequence

from dtbase.client.options import listing, stretch
from dtbase.client.transport import Transport
from dtbase.domain.paging import Listed
from dtbase.domain.people.invitations import (
    Invitation,
    Invited,
    IssuedInvitation,
    NewInvitation,
)
from dtbase.domain.people.users import Tokens


class Invitations:
    """Invitations that nobody has accepted yet, which admins tend; and what a link opens."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self, *, role: str | None = None, search: str | None = None, sort: str | None = None
    ) -> Sequence[Invitation]:
        """Return the invitations that fit, by e-mail."""
        wanted = listing(role=role, search=search, sort=sort)
        return self._transport.list_of("/v1/invitations", Invitation, wanted)

    def page(self, *, skip: int = 0, limit: int = 100, **filters: str | None) -> Listed[Invitation]:
        """Return a stretch of the list, and how many fit in all; filters are those of `list`."""
        wanted = stretch(skip, limit, filters)
        return self._transport.page_of("/v1/invitations", Invitation, wanted)

    def get(self, invitation_id: int) -> Invitation:
        """Return one invitation, or raise NotFound."""
        return self._transport.get(f"/v1/invitations/{invitation_id}", Invitation)

    def add(self, new: NewInvitation) -> IssuedInvitation:
        """Invite somebody; the link is known this once."""
        body = new.model_dump(mode="json")
        return self._transport.post("/v1/invitations", IssuedInvitation, body)

    def withdraw(self, invitation_id: int) -> None:
        """Make a link worthless."""
        self._transport.send("DELETE", f"/v1/invitations/{invitation_id}", repeatable=True)

    def look(self, token: str) -> Invited:
        """Return whom a link invites; nobody needs to be logged in."""
        return self._transport.post("/v1/invitations/look", Invited, {"token": token})

    def accept(self, token: str, password: str) -> Tokens:
        """Become a user; the client is logged in from then on."""
        body = {"token": token, "password": password}
        self._transport.tokens = self._transport.post("/v1/invitations/accept", Tokens, body)
        return self._transport.tokens
