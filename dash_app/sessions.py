"""Sessions kept in Redis: the cookie holds a random id and nothing else."""

import json
import secrets
from collections.abc import Callable
from hashlib import sha256
from typing import Any, cast

from flask import Flask, Request, Response
from flask import request as current_request
from flask.sessions import SessionInterface, SessionMixin
from redis import Redis
from redis.exceptions import RedisError
from werkzeug.datastructures import CallbackDict

from dtbase.domain.people.users import Tokens

COOKIE = "dtbase_session"
IDLE_SECONDS = 30 * 60


class StoredSession(CallbackDict[str, Any], SessionMixin):
    """What one browser has told us since it logged in."""

    def __init__(self, identity: str | None, content: dict[str, Any]) -> None:
        """Carry the content under the random identity, or under none yet."""
        super().__init__(content, lambda _: setattr(self, "modified", True))
        self.identity = identity
        self.modified = False
        self.unreachable = False

    def renew(self) -> str:
        """Take a new identity, so that one planted before the log-in is worth nothing."""
        self.identity = secrets.token_urlsafe(32)
        self.modified = True
        return self.identity


class SessionStore:
    """Session contents and API tokens in Redis; both go after 30 minutes without use."""

    def __init__(self, redis: Redis, idle_seconds: int = IDLE_SECONDS) -> None:
        """Keep sessions in that Redis for that long."""
        self._redis = redis
        self._idle = idle_seconds

    def content(self, identity: str) -> dict[str, Any] | None:
        """Return what is stored and let it live on; None when it is gone."""
        stored = self._redis.getex(_key("session", identity), ex=self._idle)
        if stored is None:
            return None
        self._redis.expire(_key("tokens", identity), self._idle)
        return cast(dict[str, Any], json.loads(stored))

    def put_content(self, identity: str, content: dict[str, Any]) -> None:
        """Store what the session holds."""
        self._redis.set(_key("session", identity), json.dumps(content), ex=self._idle)

    def tokens(self, identity: str) -> Tokens | None:
        stored = self._redis.get(_key("tokens", identity))
        return None if stored is None else Tokens.model_validate_json(stored)

    def put_tokens(self, identity: str, tokens: Tokens) -> None:
        """Store the API tokens of the session, and for how long the access token is good."""
        self._redis.set(_key("tokens", identity), tokens.model_dump_json(), ex=self._idle)
        self._redis.set(_key("fresh", identity), "1", ex=max(tokens.expires_in, 1))

    def stale(self, identity: str) -> bool:
        """Tell whether the access token of the session has run out."""
        return not self._redis.exists(_key("fresh", identity))

    def refresh(self, identity: str, stale: Tokens, renew: Callable[[], Tokens]) -> Tokens:
        """Renew stale tokens once, however many requests of the session need it at a time.

        Each refresh token is good once: two renewals side by side would end the session.
        """
        with self._redis.lock(_key("refresh", identity), timeout=20, blocking_timeout=20):
            stored = self.tokens(identity)
            if stored is not None and stored != stale:
                return stored
            return renew()

    def forget(self, identity: str) -> None:
        self._redis.delete(*(_key(kind, identity) for kind in ("session", "tokens", "fresh")))


class RedisSessions(SessionInterface):
    """Flask's sessions on top of the store."""

    def __init__(self, store: SessionStore) -> None:
        """Use that store."""
        self.store = store

    def open_session(self, app: Flask, request: Request) -> StoredSession:
        """Find the session that the cookie names, or start an empty one."""
        identity = request.cookies.get(COOKIE)
        try:
            content = self.store.content(identity) if identity else None
        except RedisError:
            session = StoredSession(None, {})
            session.unreachable = True  # the guard answers 503: here it could not
            return session
        if content is None:
            return StoredSession(None, {})
        return StoredSession(identity, content)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Store a session that somebody logged in with, and send its id."""
        assert isinstance(session, StoredSession)
        if session.identity is None and session.modified:
            response.delete_cookie(COOKIE)
        if session.identity is None or not session.modified:
            return
        self.store.put_content(session.identity, dict(session))
        response.set_cookie(
            COOKIE,
            session.identity,
            httponly=True,
            secure=current_request.is_secure,
            samesite="Lax",
        )


def store_at(url: str) -> SessionStore:
    """Return the store in the Redis at that address."""
    return SessionStore(Redis.from_url(url, decode_responses=True))


def _key(kind: str, identity: str) -> str:
    return f"dtbase:web:{kind}:{sha256(identity.encode()).hexdigest()}"
