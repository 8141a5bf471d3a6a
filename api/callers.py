"""Who is asking.

People bring an access token, which names a user and a session and is good for a quarter of an
hour; devices and scripts bring an API key. Whether the user is active, in which role, and whether
the session or the key lives is read from the database every time, in one query.
"""

import hmac
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from time import time
from typing import NamedTuple
from uuid import UUID

import jwt
from pydantic import SecretStr
from sqlalchemy.orm import Session

from api.errors import LONGEST_VALUE, MOST_VIOLATIONS
from api.key_uses import Uses
from api.rates import get_rates
from dtbase.domain.frozen import Frozen
from dtbase.domain.people.keys import Key
from dtbase.domain.people.users import Tokens, User
from dtbase.errors import NotAllowed, NotAuthenticated, Violation
from dtbase.settings import get_settings
from dtbase.storage.people import audit, bearers, users
from dtbase.storage.people.tokens import Grant

ACCESS_LIFE = timedelta(minutes=15)
ALGORITHM = "HS256"
ISSUER = "dtbase"
REQUIRED = ["exp", "iat", "iss", "sub", "sid"]
PURPOSE = b"dtbase access token"

STALE = "the access token is not valid, or no longer; refresh it or log in again"
WRONG_KEY = "the API key is unknown, expired or revoked, or its owner is no longer active"
NEITHER = (
    "what was sent as 'Authorization: Bearer …' is neither an API key, which begins with dtb_, "
    "nor an access token; was it copied whole?"
)
DOTS_OF_TOKENS = 2

TOKENS = 500
"""Of so many access tokens it is remembered whether we signed them; how old they are is not."""

LONGEST_TOKEN = 1_000
"""Characters; ours have some 250."""

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
    digest: str = ""
    """Of the row by which we know it."""

    @property
    def name(self) -> str:
        """Return what the log of changes calls whoever is asking."""
        return self.user.email + (f" by key {self.key.name}" if self.key is not None else "")

    @property
    def caller(self) -> str:
        """Name whose requests count together: a key's by themselves, else those of a person."""
        return f"key:{self.key.id}" if self.key is not None else f"user:{self.user.id}"

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
    signed = unsealed(token, secret) if len(token) <= LONGEST_TOKEN else None
    return None if signed is None or signed.expires_at <= time() else signed.claim


class Signed(NamedTuple):
    """What an access token of ours says, and until when it is good."""

    claim: Claim
    expires_at: float


@lru_cache(maxsize=TOKENS)
def unsealed(token: str, secret: SecretStr) -> Signed | None:
    """Read an access token whatever the time is; a page brings the same one for a while."""
    try:
        claims = jwt.decode(
            token,
            signing_key(secret),
            algorithms=[ALGORITHM],
            issuer=ISSUER,
            options={"require": REQUIRED, "verify_iat": False, "verify_exp": False},
        )  # not iat, because clocks of hosts differ
        claim = Claim(user_id=int(claims["sub"]), family=UUID(claims["sid"]))
        return Signed(claim, float(claims["exp"]))
    except (jwt.InvalidTokenError, TypeError, ValueError):
        return None


def tokens_for(grant: Grant) -> Tokens:
    """Answer a log-in or a refresh."""
    claim = Claim(user_id=grant.user_id, family=grant.family)
    return Tokens(
        access_token=sign(claim, get_settings().secret_key, datetime.now(UTC)),
        refresh_token=grant.refresh_token,
        expires_in=int(ACCESS_LIFE.total_seconds()),
    )


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
    get_rates().count(asking.caller)
    audit.act_as(session, asking.name)
    return asking


def refusal_of(token: str) -> NotAuthenticated:
    """Return why a token is refused."""
    if bearers.is_key(token):
        return NotAuthenticated(WRONG_KEY)
    return NotAuthenticated(STALE if token.count(".") == DOTS_OF_TOKENS else NEITHER)


def user_of(token: str, session: Session) -> Principal | None:
    """Tell whose access token this is, if it is good."""
    claim = read(token, get_settings().secret_key)
    found = None if claim is None else users.in_session(session, claim.user_id, claim.family)
    if claim is None or found is None:
        return None
    return Principal(user=found.user, family=claim.family, digest=found.digest)


def by_keys(tokens: Collection[str], session: Session, uses: Uses) -> Mapping[str, Principal]:
    found = bearers.find(session, [token for token in tokens if bearers.is_key(token)])
    now = datetime.now(UTC)
    for bearer in found.values():
        if not bearers.used_lately(bearer.key, now):
            uses.note(bearer.key.id)
    return {
        token: Principal(user=each.user, key=each.key, digest=each.digest)
        for token, each in found.items()
    }


def nobody(_asking: Principal) -> None:
    """Do nothing: whoever asks need not be remembered."""


class Admission(NamedTuple):
    """A token whose bearer is looked at later: where the work opens its transaction."""

    token: str
    check: Callable[[Principal], None]
    """Refuses whoever does not meet the need of the route."""

    identify: Identify
    remember: Callable[[Principal], None] = nobody
    """Hears who it is, once that is known."""

    @property
    def vouches(self) -> bool:
        """Tell whether the token shows by itself that we gave it to somebody lately."""
        return read(self.token, get_settings().secret_key) is not None

    def look(self, session: Session, uses: Uses) -> None:
        """Refuse whoever does not meet the need; the request itself comes later."""
        asking = self.identify(session, [self.token], uses).get(self.token)
        if asking is None:
            raise refusal_of(self.token)
        self.remember(asking)
        self.check(asking)

    def admit(self, session: Session, uses: Uses) -> Principal:
        """Let in whoever meets the need, or refuse."""
        asking = identify_one(self.identify, session, self.token, uses)
        self.remember(asking)
        self.check(asking)
        return asking

    def admit_among(self, known: Mapping[str, Principal]) -> Principal:
        """Let in whoever meets the need, out of those looked up together, or refuse."""
        asking = known.get(self.token)
        if asking is None:
            raise refusal_of(self.token)
        get_rates().count(asking.caller)
        self.remember(asking)
        self.check(asking)
        return asking
