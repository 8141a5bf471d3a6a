"""People and what they may do."""

import re
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, SecretStr

from dtbase.domain.changes import Change
from dtbase.domain.flags import Flag
from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Stripped
from dtbase.domain.paging import Page, SearchText


class Role(StrEnum):
    """What a user may do; each role includes the ones before it."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"

    def includes(self, needed: "Role") -> bool:
        """Tell whether this role may do what the needed one may."""
        order = list(Role)
        return order.index(self) >= order.index(needed)

    def at_most(self, other: "Role") -> "Role":
        """Return the lesser of two roles."""
        return other if self.includes(other) else self


EMAIL_PATTERN = r"^[!-?A-~]+@[!-?A-~]+$"
EMAIL_RULE = "an e-mail address has one '@' and no spaces, such as ann@example.org"


def check_email(email: str) -> str:
    """Refuse what cannot be an e-mail address."""
    if not re.fullmatch(EMAIL_PATTERN, email):
        raise ValueError(EMAIL_RULE)
    return email


Email = Annotated[
    str,
    Stripped(to_lower=True, max_length=254),
    AfterValidator(check_email),
    Field(json_schema_extra={"pattern": EMAIL_PATTERN}),
]
"""An e-mail address in small letters."""

Password = Annotated[SecretStr, Field(max_length=1000)]
"""A password as somebody typed it; dtbase.domain.people.passwords has the rule for new ones."""


class User(Frozen):
    """Somebody who can log in."""

    id: int
    email: str
    role: Role
    active: bool
    created_at: datetime
    password_expires_at: datetime | None = None


class NewUser(Frozen):
    """What is needed to let somebody in."""

    email: Email
    password: Password
    role: Role = Role.VIEWER


class UserChange(Change):
    """What to change about a user; what is absent stays as it is."""

    example: ClassVar[dict[str, Any]] = {"role": "editor"}

    email: Email | None = None
    password: Password | None = None
    role: Role | None = None
    active: Flag | None = None


class UserQuery(Page):
    """Which users to list."""

    role: Role | None = None
    active: bool | None = None
    search: SearchText | None = Field(None, description="A part of the e-mail address.")
    sort: Literal["email", "-email", "id", "-id", "created_at", "-created_at"] = "email"


class Credentials(Frozen):
    """What somebody logs in with."""

    email: Email
    password: Password


class PasswordChange(Frozen):
    """A user's own new password, with the present one as proof."""

    current_password: Password
    new_password: Password


class RefreshRequest(Frozen):
    """The refresh token to exchange or to end."""

    refresh_token: Annotated[SecretStr, Field(max_length=200)]


class Tokens(Frozen):
    """What a log-in answers; printed, it tells no token."""

    access_token: str = Field(repr=False)
    refresh_token: str = Field(repr=False)
    token_type: str = "bearer"  # noqa: S105 - a scheme, not a secret
    expires_in: int
