"""Who is asking, and what they may do.

An access token names a user and a session and is good for a quarter of an hour; whether the user
is active, in which role, and whether the session lives is read from the database every time.
"""

import hmac
from datetime import UTC, datetime, timedelta
from typing import Annotated
from uuid import UUID

import jwt
from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import SecretStr

from api.dependencies import SessionDep
from dtbase.domain.frozen import Frozen
from dtbase.domain.users import Role, Tokens, User
from dtbase.errors import NotAllowed, NotAuthenticated
from dtbase.settings import get_settings
from dtbase.storage import users
from dtbase.storage.passwords import Hasher, get_hasher
from dtbase.storage.tokens import Grant

ACCESS_LIFE = timedelta(minutes=15)
ALGORITHM = "HS256"
ISSUER = "dtbase"
REQUIRED = ["exp", "iat", "iss", "sub", "sid"]
PURPOSE = b"dtbase access token"

NOBODY = "log in first, and send the access token as 'Authorization: Bearer …'"
STALE = "the access token is not valid, or no longer; refresh it or log in again"


class Claim(Frozen):
    """What an access token says: a user's session."""

    user_id: int
    family: UUID


class Principal(Frozen):
    """Whoever is asking: a user, and the session by which they came."""

    user: User
    family: UUID | None


def signing_key(secret: SecretStr) -> bytes:
    """Derive the key of access tokens, so that nothing else signed by the secret passes for one."""
    return hmac.digest(secret.get_secret_value().encode(), PURPOSE, "sha256")


def sign(claim: Claim, secret: SecretStr, now: datetime) -> str:
    """Write an access token."""
    claims = {
        "iss": ISSUER,
        "sub": str(claim.user_id),
        "sid": str(claim.family),
        "iat": now,
        "exp": now + ACCESS_LIFE,
    }
    return jwt.encode(claims, signing_key(secret), algorithm=ALGORITHM)


def read(token: str, secret: SecretStr) -> Claim:
    """Read an access token, and refuse one that is forged or too old."""
    try:
        claims = jwt.decode(
            token,
            signing_key(secret),
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            options={"require": REQUIRED, "verify_iat": False},  # clocks of hosts differ
        )
        return Claim(user_id=int(claims["sub"]), family=UUID(claims["sid"]))
    except (jwt.InvalidTokenError, ValueError) as error:
        raise NotAuthenticated(STALE) from error


def tokens_for(grant: Grant) -> Tokens:
    """Answer a log-in or a refresh."""
    claim = Claim(user_id=grant.user_id, family=grant.family)
    return Tokens(
        access_token=sign(claim, get_settings().secret_key, datetime.now(UTC)),
        refresh_token=grant.refresh_token,
        expires_in=int(ACCESS_LIFE.total_seconds()),
    )


bearer = HTTPBearer(auto_error=False, description="The access token of a log-in.")
Bearer = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


def principal(credentials: Bearer, session: SessionDep) -> Principal:
    """Tell who is asking; every way to authenticate ends here."""
    if credentials is None:
        raise NotAuthenticated(NOBODY)
    claim = read(credentials.credentials, get_settings().secret_key)
    user = users.in_session(session, claim.user_id, claim.family)
    if user is None:
        raise NotAuthenticated(STALE)
    return Principal(user=user, family=claim.family)


PrincipalDep = Annotated[Principal, Depends(principal)]


class Require:
    """Lets in those whose role includes the needed one."""

    def __init__(self, needed: Role) -> None:
        """Name the role that is needed."""
        self.needed = needed

    def __call__(self, asking: PrincipalDep) -> User:
        """Return the user, or refuse."""
        if not asking.user.role.includes(self.needed):
            raise NotAllowed(f"this needs the role {self.needed}; yours is {asking.user.role}")
        return asking.user


Viewer = Annotated[User, Depends(Require(Role.VIEWER))]
Editor = Annotated[User, Depends(Require(Role.EDITOR))]
Admin = Annotated[User, Depends(Require(Role.ADMIN))]

HasherDep = Annotated[Hasher, Depends(get_hasher)]
