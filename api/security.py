"""What whoever is asking may do: the needs that routes declare, and the dependencies that check."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.callers import Admission, Identify, Principal, identify, identify_one
from api.deferred import Deferred
from api.dependencies import SessionDep, UsesDep
from dtbase.domain.people.keys import Key, Scope
from dtbase.domain.people.users import Role, User
from dtbase.errors import NotAllowed, NotAuthenticated
from dtbase.storage.people.passwords import Hasher, get_hasher

NOBODY = "log in first, and send the access token or an API key as 'Authorization: Bearer …'"
PEOPLE_ONLY = "no API key may do this; log in with e-mail and password"

KNOWN = "dtbase.known"
"""Under what a request says whether it is known who asks; nothing where its route finds out."""

KEY = "dtbase.key"
"""Under what a request keeps the API key by which it came, once the key's secret was good."""

bearer = HTTPBearer(auto_error=False, description="The access token of a log-in, or an API key.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]


def remember(request: Request, asking: Principal) -> None:
    """Keep by which key a request came, for what may be refused to it."""
    if asking.key is not None:
        request.scope[KEY] = asking.key


def token_of(credentials: Credentials) -> str:
    """Return the token that a request brings, or refuse."""
    if credentials is None:
        raise NotAuthenticated(NOBODY)
    return credentials.credentials


async def get_identify() -> Identify:
    """Return how tokens are told apart."""
    return identify


IdentifyDep = Annotated[Identify, Depends(get_identify)]


async def principal(
    request: Request,
    credentials: Credentials,
    session: SessionDep,
    uses: UsesDep,
    identify: IdentifyDep,
) -> Deferred[Principal]:
    """Return how to find out who is asking; without any token it is refused at once."""
    token = token_of(credentials)
    request.scope[KNOWN] = False

    def find() -> Principal:
        asking = identify_one(identify, session, token, uses)
        request.scope[KNOWN] = True
        remember(request, asking)
        return asking

    return Deferred(find)


PrincipalDep = Annotated[Principal, Depends(principal)]
"""Who is asking, as a route gets it: its thread has found it out (`api/deferred.py`)."""

DeferredPrincipal = Annotated[Deferred[Principal], Depends(principal)]
"""The same as another dependency gets it."""


@dataclass(frozen=True)
class Need:
    """What a route asks of whoever comes: a role, and of a key a scope.

    Every route that is not public depends on the `now` or the `later` of one need.
    """

    role: Role
    scope: Scope | None = None
    """Without one any key will do."""

    people_only: bool = False

    async def now(self, asking: DeferredPrincipal) -> Deferred[User]:
        """Return how to find the user in the role that counts, before the route begins."""

        def admitted() -> User:
            self.check(asking.get())
            return asking.get().user

        return Deferred(admitted)

    async def later(
        self, request: Request, credentials: Credentials, identify: IdentifyDep
    ) -> Admission:
        """Leave it to the route to look at the bearer; without any token it is refused at once."""
        token = token_of(credentials)
        return Admission(token, self.check, identify, partial(remember, request))

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


AnyUser = Annotated[User, Depends(Need(Role.VIEWER).now)]
Person = Annotated[User, Depends(Need(Role.VIEWER, people_only=True).now)]
Admin = Annotated[User, Depends(Need(Role.ADMIN, Scope.EVERYTHING).now)]

ReadsRegistry = Annotated[User, Depends(Need(Role.VIEWER, Scope.REGISTRY_READ).now)]
WritesRegistry = Annotated[User, Depends(Need(Role.EDITOR, Scope.REGISTRY_WRITE).now)]
BringsRegistry = Annotated[Admission, Depends(Need(Role.EDITOR, Scope.REGISTRY_WRITE).later)]
DeletesRegistry = Annotated[User, Depends(Need(Role.ADMIN, Scope.REGISTRY_WRITE).now)]
ReadsReadings = Annotated[User, Depends(Need(Role.VIEWER, Scope.READINGS_READ).now)]
AsksReadings = Annotated[Admission, Depends(Need(Role.VIEWER, Scope.READINGS_READ).later)]
WritesReadings = Annotated[User, Depends(Need(Role.EDITOR, Scope.READINGS_WRITE).now)]
PushesReadings = Annotated[Admission, Depends(Need(Role.EDITOR, Scope.READINGS_WRITE).later)]
ReadsRuns = Annotated[User, Depends(Need(Role.VIEWER, Scope.RUNS_READ).now)]
WritesRuns = Annotated[User, Depends(Need(Role.EDITOR, Scope.RUNS_WRITE).now)]
TendsServices = Annotated[User, Depends(Need(Role.ADMIN, Scope.REGISTRY_WRITE).now)]
"""An HTTP service makes this server send requests with secrets, so it is for admins."""

DeletesRuns = Annotated[User, Depends(Need(Role.ADMIN, Scope.RUNS_WRITE).now)]

HasherDep = Annotated[Hasher, Depends(get_hasher)]
