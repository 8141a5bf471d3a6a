"""Invitations: a link, good once, by which somebody becomes a user."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field, SecretStr

from dtbase.domain.flags import Flag
from dtbase.domain.frozen import Frozen
from dtbase.domain.paging import Page, SearchText
from dtbase.domain.people.users import Email, Password, Role
from dtbase.domain.registry.installations import Instant

USUAL = timedelta(days=7)
LONGEST = timedelta(days=30)

PATH = "/invitation"
"""Where the dashboard takes invitations; what stands behind `#` reaches no log."""

Token = Annotated[SecretStr, Field(min_length=1, max_length=200)]


class NewInvitation(Frozen):
    """Whom to invite."""

    email: Email
    role: Role = Role.VIEWER
    expires_at: Instant | None = Field(
        None, description="At most 30 days from now; 7 days, unless given."
    )
    mail: Flag = Field(True, description="Send the link by mail, if the twin has a mail server.")


class Invitation(Frozen):
    """What may be told of an invitation that nobody has accepted yet; its link is not among it."""

    id: int
    email: str
    role: Role
    invited_by: str = Field(description="The e-mail of the admin.")
    created_at: datetime
    expires_at: datetime


class IssuedInvitation(Invitation):
    """An invitation at the one moment at which its link is known."""

    token: str = Field(repr=False)
    link: str = Field(
        repr=False, description="A path of the dashboard, unless the API knows where that is."
    )
    mailed: bool
    not_mailed_because: str | None = None


class InvitationQuery(Page):
    """Which invitations to list."""

    role: Role | None = None
    search: SearchText | None = Field(None, description="A part of the e-mail address.")
    sort: Literal["email", "-email", "created_at", "-created_at", "expires_at", "-expires_at"] = (
        "email"
    )


class InvitationToken(Frozen):
    """What a link holds."""

    token: Token


class Acceptance(InvitationToken):
    """The link's token, and the password that its bearer wants."""

    password: Password


class Invited(Frozen):
    """What the bearer of a link is told."""

    email: str
    role: Role
    expires_at: datetime


def path_of(token: str) -> str:
    """Return where in the dashboard an invitation is taken."""
    return f"{PATH}#{token}"
