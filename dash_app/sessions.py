"""Sessions kept in Redis: the cookie holds a random id and nothing else."""

import json
import secrets
from collections.abc import Callable
from hashlib import sha256
from typing import Any, NamedTuple

from flask import Flask, Request, Response
from flask import request as current_request
from flask.sessions import SessionInterface, SessionMixin
from redis import Redis
from redis.exceptions import RedisError
from werkzeug.datastructures import CallbackDict

from dtbase.domain.people.users import Tokens

COOKIE = "dtbase_session"
IDLE_SECONDS = 30 * 60


class Held(NamedTuple):
    """What is stored of a session: what it holds, its tokens, and whether they have run out."""

    content: dict[str, Any]
    tokens: Tokens | None
    stale: bool


class StoredSession(CallbackDict[str, Any], SessionMixin):
    """What one browser has told us since it logged in."""

    def __init__(self, identity: str | None, held: Held | None = None) -> None:
        """Carry what is stored under the random identity, or under none yet."""
        super().__init__(held.content if held else {}, lambda _: setattr(self, "modified", True))
        self.identity = identity
        self.tokens = held.tokens if held else None
        self.stale = held.stale if held else False
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

    def held(self, identity: str) -> Held | None:
        """Return what is stored and let it live on; None when it is gone."""
        asked = self._redis.pipeline(transaction=False)
        asked.getex(_key("session", identity), ex=self._idle)
        asked.getex(_key("tokens", identity), ex=self._idle)
        asked.exists(_key("fresh", identity))
        content, tokens, fresh = asked.execute()
        return None if content is None else Held(json.loads(content), _tokens(tokens), not fresh)

    def put_content(self, identity: str, content: dict[str, Any]) -> None:
        """Store what the session holds."""
        self._redis.set(_key("session", identity), json.dumps(content), ex=self._idle)

    def tokens(self, identity: str) -> Tokens | None:
        return _tokens(self._redis.get(_key("tokens", identity)))

    def put_tokens(self, identity: str, tokens: Tokens) -> None:
        """Store the API tokens of the session, and for how long the access token is good."""
        self._redis.set(_key("tokens", identity), tokens.model_dump_json(), ex=self._idle)
        self._redis.set(_key("fresh", identity), "1", ex=max(tokens.expires_in, 1))

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
        self.store = store

    def open_session(self, app: Flask, request: Request) -> StoredSession:
        """Find the session that the cookie names, or start an empty one."""
        identity = request.cookies.get(COOKIE)
        try:
            held = self.store.held(identity) if identity else None
        except RedisError:
            session = StoredSession(None)
            session.unreachable = True  # the guard answers 503: here it could not
            return session
        return StoredSession(None) if held is None else StoredSession(identity, held)

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


def _tokens(stored: Any) -> Tokens | None:
    return None if stored is None else Tokens.model_validate_json(stored)


def _key(kind: str, identity: str) -> str:
    return f"dtbase:web:{kind}:{sha256(identity.encode()).hexdigest()}"
