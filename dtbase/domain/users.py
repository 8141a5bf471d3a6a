"""People and what they may do."""

from datetime import datetime
from enum import StrEnum

from dtbase.domain.frozen import Frozen


class Role(StrEnum):
    """What a user may do; each role includes the ones before it."""

    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"

    def includes(self, needed: "Role") -> bool:
        """Tell whether this role may do what the needed one may."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


class User(Frozen):
    """Somebody who can log in."""

    id: int
    email: str
    role: Role
    active: bool
    created_at: datetime


class Tokens(Frozen):
    """What a log-in answers."""

    access_token: str
    refresh_token: str
    token_type: str = "bearer"
    expires_in: int
