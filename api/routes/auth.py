"""Logging in and out."""

from datetime import UTC, datetime

from fastapi import APIRouter, Request

from api.callers import tokens_for
from api.dependencies import SessionDep
from api.errors import ProblemResponse, refused
from api.openapi import answers
from api.proxies import Address
from api.security import AnyUser, HasherDep, Person, PrincipalDep
from api.security_log import noting_refusals
from api.throttle import ThrottleDep
from dtbase.domain.people.users import Credentials, PasswordChange, RefreshRequest, Tokens, User
from dtbase.errors import NotAllowed, NotAuthenticated, TooMany
from dtbase.storage.people import tokens, users

LOG_IN_AGAIN = "the refresh token is unknown, used, ended or too old; log in again"


router = APIRouter(prefix="/auth", tags=["log-in"])


@router.post("/login", responses=answers(NotAllowed, NotAuthenticated, TooMany), summary="Log in")
def log_in(
    credentials: Credentials,
    session: SessionDep,
    hasher: HasherDep,
    throttle: ThrottleDep,
    address: Address,
) -> Tokens:
    """Log in with e-mail and password."""
    with noting_refusals("log in", credentials.email, address):
        throttle.attempt(credentials.email, address)
        user = users.verify(session, credentials, hasher)
    grant = tokens.begin(session, user.id, datetime.now(UTC))
    throttle.succeed(credentials.email, address)
    return tokens_for(grant)


@router.post(
    "/refresh",
    response_model=Tokens,
    responses=answers(NotAuthenticated),
    summary="Exchange a refresh token",
)
def refresh(
    request: Request, body: RefreshRequest, session: SessionDep
) -> Tokens | ProblemResponse:
    """Exchange a refresh token for new tokens; each refresh token is good once."""
    grant = tokens.rotate(session, body.refresh_token.get_secret_value(), datetime.now(UTC))
    if grant is None:  # answered, not raised: the end of a stolen session must be committed
        return refused(request, NotAuthenticated(LOG_IN_AGAIN))
    return tokens_for(grant)


@router.post("/logout", status_code=204, summary="Log out")
def log_out(body: RefreshRequest, session: SessionDep) -> None:
    """End the session of a refresh token at once, its access tokens included."""
    tokens.end(session, body.refresh_token.get_secret_value(), datetime.now(UTC))


@router.get("/me", summary="Show who is logged in")
def me(user: AnyUser) -> User:
    """Tell who is logged in."""
    return user


@router.post(
    "/password", status_code=204, responses=answers(TooMany), summary="Change one's own password"
)
def change_password(
    _person: Person,
    change: PasswordChange,
    asking: PrincipalDep,
    session: SessionDep,
    hasher: HasherDep,
    throttle: ThrottleDep,
    address: Address,
) -> None:
    """Change one's own password; one's other sessions end."""
    with noting_refusals("change the password", asking.user.email, address):
        throttle.attempt(asking.user.email, address)
        users.change_password(session, asking.user.id, change, hasher, asking.family)
    throttle.succeed(asking.user.email, address)
