"""People for tests, hashed cheaply."""

from datetime import UTC, datetime

from argon2 import PasswordHasher
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from api.callers import tokens_for
from dtbase.domain.people.users import NewUser, Role, Tokens, User
from dtbase.storage.people import tokens, users
from dtbase.storage.people.passwords import Hasher

PASSWORD = "velvet marble canyon"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
HASHER = Hasher(CHEAP)


def add_user(session: Session, email: str, role: Role = Role.ADMIN) -> User:
    """Let somebody in who has the password of all tests."""
    return users.add(session, NewUser(email=email, password=PASSWORD, role=role), HASHER)


def log_in(session: Session, user: User) -> Tokens:
    """Open a session for a user, past the log-in page."""
    return tokens_for(tokens.begin(session, user.id, datetime.now(UTC)))


def carry(client: TestClient, tokens_: Tokens) -> None:
    """Let a client send an access token with every request."""
    client.headers["Authorization"] = f"Bearer {tokens_.access_token}"
