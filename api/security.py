"""Who is asking, and what they may do.

People bring an access token, which names a user and a session and is good for a quarter of an
hour; devices and scripts bring an API key. Whether the user is active, in which role, and whether
the session or the key lives is read from the database every time, in one query.
"""

import hmac
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, NamedTuple
from uuid import UUID

import jwt
from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import SecretStr
from sqlalchemy.orm import Session

from api.dependencies import SessionDep, UsesDep
from api.errors import LONGEST_VALUE, MOST_VIOLATIONS
from api.key_uses import Uses
from dtbase.domain.frozen import Frozen
from dtbase.domain.people.keys import Key, Scope
from dtbase.domain.people.users import Role, Tokens, User
from dtbase.errors import NotAllowed, NotAuthenticated, Violation
from dtbase.settings import get_settings
from dtbase.storage.people import audit, bearers, users
from dtbase.storage.people.passwords import Hasher, get_hasher
from dtbase.storage.people.tokens import Grant

ACCESS_LIFE = timedelta(minutes=15)
ALGORITHM = "HS256"
ISSUER = "dtbase"
REQUIRED = ["exp", "iat", "iss", "sub", "sid"]
PURPOSE = b"dtbase access token"

NOBODY = "log in first, and send the access token or an API key as 'Authorization: Bearer …'"
STALE = "the access token is not valid, or no longer; refresh it or log in again"
WRONG_KEY = "the API key is unknown, expired or revoked, or its owner is no longer active"
NEITHER = (
    "what was sent as 'Authorization: Bearer …' is neither an API key, which begins with dtb_, "
    "nor an access token; was it copied whole?"
)
DOTS_OF_TOKENS = 2
PEOPLE_ONLY = "no API key may do this; log in with e-mail and password"


NAMED = 5
"""So many sensors are named in a sentence; the violations name more."""


class Claim(Frozen):
    """What an access token says: a user's session."""

    user_id: int
    family: UUID


class Principal(Frozen):
    """Whoever is asking: a user in the role that counts, and the session or key they came by."""

    user: User
    family: UUID | None = None
    key: Key | None = None

    @property
    def name(self) -> str:
        """Return what the log of changes calls whoever is asking."""
        return self.user.email + (f" by key {self.key.name}" if self.key is not None else "")

    def check_push(self, sensors: Collection[str]) -> None:
        """Refuse readings of sensors that the key was not made for, naming them."""
        beyond = self.key.beyond(sensors) if self.key is not None else ()
        if beyond:
            rule = "the key may not push to this sensor"
            violations = [
                Violation(field="sensor", value=sensor[:LONGEST_VALUE], rule=rule)
                for sensor in beyond[:MOST_VIOLATIONS]
            ]
            names = ", ".join(violation["value"] for violation in violations[:NAMED])
            more = f" and {len(beyond) - NAMED} more" if beyond[NAMED:] else ""
            raise NotAllowed(f"the key may not push to {names}{more}", violations=violations)


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


def read(token: str, secret: SecretStr) -> Claim | None:
    """Read an access token; one that is forged or too old says nothing."""
    try:
        claims = jwt.decode(
            token,
            signing_key(secret),
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            options={"require": REQUIRED, "verify_iat": False},  # clocks of hosts differ
        )
        return Claim(user_id=int(claims["sub"]), family=UUID(claims["sid"]))
    except (jwt.InvalidTokenError, ValueError):
        return None


def tokens_for(grant: Grant) -> Tokens:
    """Answer a log-in or a refresh."""
    claim = Claim(user_id=grant.user_id, family=grant.family)
    return Tokens(
        access_token=sign(claim, get_settings().secret_key, datetime.now(UTC)),
        refresh_token=grant.refresh_token,
        expires_in=int(ACCESS_LIFE.total_seconds()),
    )


bearer = HTTPBearer(auto_error=False, description="The access token of a log-in, or an API key.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


Identify = Callable[[Session, Collection[str], Uses], Mapping[str, "Principal"]]
"""Tells who brings tokens; whoever may not is missing."""


def identify(session: Session, tokens: Collection[str], uses: Uses) -> Mapping[str, Principal]:
    """Tell who brings tokens; every way to authenticate ends here."""
    by_session = {token: user_of(token, session) for token in tokens if not bearers.is_key(token)}
    found = {token: asking for token, asking in by_session.items() if asking is not None}
    return {**found, **by_keys(tokens, session, uses)}


def identify_one(identify: Identify, session: Session, token: str, uses: Uses) -> Principal:
    """Tell who brings a token, on whose behalf the session's changes are made, or refuse."""
    asking = identify(session, [token], uses).get(token)
    if asking is None:
        raise refusal_of(token)
    audit.act_as(session, asking.name)
    return asking


def refusal_of(token: str) -> NotAuthenticated:
    """Return why nobody may bring a token."""
    if bearers.is_key(token):
        return NotAuthenticated(WRONG_KEY)
    return NotAuthenticated(STALE if token.count(".") == DOTS_OF_TOKENS else NEITHER)


def token_of(credentials: Credentials) -> str:
    """Return the token that a request brings, or refuse."""
    if credentials is None:
        raise NotAuthenticated(NOBODY)
    return credentials.credentials


async def get_identify() -> Identify:
    """Return how tokens are told apart."""
    return identify


IdentifyDep = Annotated[Identify, Depends(get_identify)]


def principal(
    credentials: Credentials, session: SessionDep, uses: UsesDep, identify: IdentifyDep
) -> Principal:
    """Tell who is asking."""
    return identify_one(identify, session, token_of(credentials), uses)


def user_of(token: str, session: Session) -> Principal | None:
    """Tell whose access token this is, if it is good."""
    claim = read(token, get_settings().secret_key)
    user = None if claim is None else users.in_session(session, claim.user_id, claim.family)
    return None if claim is None or user is None else Principal(user=user, family=claim.family)


def by_keys(tokens: Collection[str], session: Session, uses: Uses) -> Mapping[str, Principal]:
    """Tell whose keys these are."""
    found = bearers.find(session, [token for token in tokens if bearers.is_key(token)])
    now = datetime.now(UTC)
    for bearer in found.values():
        if not bearers.used_lately(bearer.key, now):
            uses.note(bearer.key.id)
    return {token: Principal(user=each.user, key=each.key) for token, each in found.items()}


PrincipalDep = Annotated[Principal, Depends(principal)]


class Need(Frozen):
    """What a route asks of whoever comes: a role, and of a key a scope."""

    role: Role
    scope: Scope | None = None
    """Without one any key will do."""

    people_only: bool = False

    def check(self, asking: Principal) -> None:
        """Refuse whoever may not."""
        if asking.key is not None:
            self.check_key(asking.key)
        if not asking.user.role.includes(self.role):
            raise NotAllowed(f"this needs the role {self.role}; yours is {asking.user.role}")

    def check_key(self, key: Key) -> None:
        """Refuse a key that was not made for this."""
        if self.people_only:
            raise NotAllowed(PEOPLE_ONLY)
        if self.scope is not None and not key.allows(self.scope):
            has = ", ".join(key.scopes)
            raise NotAllowed(f"this needs the scope {self.scope}; the key {key.name!r} has {has}")


class Declares:
    """What a route depends on to say what it needs; every route that is not public has one."""

    def __init__(
        self, role: Role, scope: Scope | None = None, *, people_only: bool = False
    ) -> None:
        """Name the role that is needed, and the scope that a key needs."""
        self.need = Need(role=role, scope=scope, people_only=people_only)


class Require(Declares):
    """Lets in those who meet a need, before the route begins."""

    async def __call__(self, asking: PrincipalDep) -> User:
        """Return the user in the role that counts, or refuse."""
        self.need.check(asking)
        return asking.user


class Admission(NamedTuple):
    """A token, and the need that whoever brings it must meet."""

    token: str
    need: Need
    identify: Identify

    def admit(self, session: Session, uses: Uses) -> Principal:
        """Let in whoever meets the need, or refuse."""
        asking = identify_one(self.identify, session, self.token, uses)
        self.need.check(asking)
        return asking


class Doorkeeper:
    """Lets in those who come together; who brings their tokens is looked up at once."""

    def __init__(self, session: Session, uses: Uses, coming: Sequence[Admission]) -> None:
        """Look up who brings the tokens; all come to the same door."""
        tokens = {admission.token for admission in coming}
        self._known = coming[0].identify(session, tokens, uses)

    def admit(self, admission: Admission) -> Principal:
        """Let in whoever meets the need, or refuse."""
        asking = self._known.get(admission.token)
        if asking is None:
            raise refusal_of(admission.token)
        admission.need.check(asking)
        return asking


class RequireLater(Declares):
    """Leaves it to the route to let in those who meet a need, where it opens its transaction."""

    async def __call__(self, credentials: Credentials, identify: IdentifyDep) -> Admission:
        """Return what the route must check; without any token it is refused at once."""
        return Admission(token_of(credentials), self.need, identify)


AnyUser = Annotated[User, Depends(Require(Role.VIEWER))]
Person = Annotated[User, Depends(Require(Role.VIEWER, people_only=True))]
Admin = Annotated[User, Depends(Require(Role.ADMIN, Scope.EVERYTHING))]

ReadsRegistry = Annotated[User, Depends(Require(Role.VIEWER, Scope.REGISTRY_READ))]
WritesRegistry = Annotated[User, Depends(Require(Role.EDITOR, Scope.REGISTRY_WRITE))]
DeletesRegistry = Annotated[User, Depends(Require(Role.ADMIN, Scope.REGISTRY_WRITE))]
ReadsReadings = Annotated[User, Depends(Require(Role.VIEWER, Scope.READINGS_READ))]
AsksReadings = Annotated[Admission, Depends(RequireLater(Role.VIEWER, Scope.READINGS_READ))]
WritesReadings = Annotated[User, Depends(Require(Role.EDITOR, Scope.READINGS_WRITE))]
PushesReadings = Annotated[Admission, Depends(RequireLater(Role.EDITOR, Scope.READINGS_WRITE))]
ReadsRuns = Annotated[User, Depends(Require(Role.VIEWER, Scope.RUNS_READ))]
WritesRuns = Annotated[User, Depends(Require(Role.EDITOR, Scope.RUNS_WRITE))]
TendsServices = Annotated[User, Depends(Require(Role.ADMIN, Scope.REGISTRY_WRITE))]
"""An HTTP service makes this server send requests with secrets, so it is for admins."""

DeletesRuns = Annotated[User, Depends(Require(Role.ADMIN, Scope.RUNS_WRITE))]

HasherDep = Annotated[Hasher, Depends(get_hasher)]
