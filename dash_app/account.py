"""Who is logged in, and their way into the API."""

from functools import partial
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

from flask import Flask, current_app, request, session
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from requests import Session
from requests.adapters import BaseAdapter, HTTPAdapter

from dash_app.remembered import People, Remembered
from dash_app.sessions import RedisSessions, SessionStore, StoredSession
from dtbase.client import Client
from dtbase.domain.people.invitations import Invited
from dtbase.domain.people.users import Role, Tokens, User
from dtbase.domain.registry.twin import Twin
from dtbase.errors import DTBaseError, NotAuthenticated
from dtbase.proxies import HEADER
from dtbase.settings import WebSettings

STATE = "dtbase"
SITE = "dtbase-site"
SITE_SECONDS = 60
PEOPLE = "dtbase-people"
PERSON_SECONDS = 600
PATIENCE_SECONDS = 30
GLANCE_SECONDS = 2
CONNECTIONS = 32


class Account(UserMixin):  # type: ignore[misc]  # flask-login ships no types
    """A user as flask-login knows one."""

    def __init__(self, user: User) -> None:
        self.user = user

    def get_id(self) -> str:
        """Return the id that the session keeps."""
        return str(self.user.id)


class Api(NamedTuple):
    """Where the API is, and the connections to it that all requests share."""

    url: str
    connections: BaseAdapter
    proof: str
    public_url: str | None = None

    def client(self, tokens: Tokens | None = None, patience: float = PATIENCE_SECONDS) -> Client:
        """Return the API as the owner of the tokens, or as nobody."""
        return Client(self.url, tokens=tokens, session=self.carrier(), timeout=patience)

    def client_by(self, way: BaseAdapter, tokens: Tokens) -> Client:
        """Return the API by a way of one's own, on which nothing is tried twice."""
        session = self.carrier()
        session.mount(self.url, way)
        return Client(self.url, tokens=tokens, session=session, timeout=PATIENCE_SECONDS, tries=1)

    def twin(self) -> Twin:
        """Ask for the twin as nobody, once and not for long: a page can do without."""
        return Client(self.url, session=self.carrier(), timeout=GLANCE_SECONDS, tries=1).twin()

    def carrier(self) -> Session:
        """Return the shared connections, in the name of whoever asks us."""
        carrier = Session()
        carrier.mount(self.url, self.connections)
        if request.remote_addr:  # the API slows down who guesses, not everybody who is here
            carrier.headers["X-Forwarded-For"] = request.remote_addr
            carrier.headers[HEADER] = self.proof
        return carrier


def init_accounts(
    server: Flask, sessions: RedisSessions, settings: WebSettings, proof: str
) -> None:
    """Let flask-login find its users in our sessions."""
    server.session_interface = sessions
    connections = HTTPAdapter(pool_maxsize=CONNECTIONS)
    server.extensions[STATE] = Api(settings.api_url, connections, proof, settings.public_api_url)
    server.extensions[SITE] = Remembered[Twin](SITE_SECONDS)
    server.extensions[PEOPLE] = People(PERSON_SECONDS)
    manager = LoginManager(server)
    manager.session_protection = None  # the id is random and known to one browser
    manager.user_loader(_load)


def me() -> User:
    return cast(Account, current_user).user


def person(version: str) -> User:
    """Return who is logged in, as the API knew them at that version of the registry."""
    known = cast(People, current_app.extensions[PEOPLE])
    return known.get(_identity(), lambda: api().me(), version)


def forget_person() -> None:
    """Let the next page ask anew who is logged in."""
    cast(People, current_app.extensions[PEOPLE]).forget(_identity())


def may_edit() -> bool:
    """Tell whether who is logged in may change things."""
    return me().role.includes(Role.EDITOR)


def api(patience: float = PATIENCE_SECONDS) -> Client:
    """Return the API as the user who is logged in, with so many seconds for an answer."""
    identity = _identity()
    return _client(identity, _tokens(identity), patience)


def api_by(way: BaseAdapter) -> Client:
    """Return the API as the user who is logged in, by a way of one's own."""
    identity = _identity()
    return _storing(_api().client_by(way, _tokens(identity)), identity)


def session_name() -> str:
    """Return the id of the session, which nobody else knows."""
    return _identity()


def _tokens(identity: str) -> Tokens:
    """Return the tokens of a session, renewed if they are stale."""
    held = _session()
    if held.tokens is None:
        raise NotAuthenticated("the session has ended")
    if held.stale:
        renew = partial(_renewed, identity, held.tokens)
        held.tokens, held.stale = _store().refresh(identity, held.tokens, renew), False
    return held.tokens


def _client(identity: str, tokens: Tokens, patience: float = PATIENCE_SECONDS) -> Client:
    return _storing(_api().client(tokens, patience), identity)


def _storing(client: Client, identity: str) -> Client:
    """Let a client that renews its tokens keep them in the session."""
    store, held = _store(), _session()

    def keep(fresh: Tokens) -> None:
        store.put_tokens(identity, fresh)
        held.tokens, held.stale = fresh, False

    client.on_refresh = keep
    return client


def _renewed(identity: str, tokens: Tokens) -> Tokens:
    """Let the client find out that the access token is stale, so that it renews it."""
    client = _client(identity, tokens)
    client.me()
    return client.tokens or tokens


def api_url() -> str:
    """Return where the API is, for those who reach it by themselves."""
    return (_api().public_url or _api().url).rstrip("/")


def twin() -> Twin | None:
    """Return what the twin is called, for whoever comes; None while the API does not say."""
    try:
        return _api().twin()
    except DTBaseError:
        return None


def site() -> Twin:
    """Return the twin as a page needs it; it changes hardly ever, so it is asked once a minute."""
    known = cast(Remembered[Twin], current_app.extensions[SITE])
    return known.get(lambda _: api().twin())


def site_zone() -> ZoneInfo:
    """Return the zone whose clock the pages show."""
    return ZoneInfo(site().timezone)


def forget_site() -> None:
    """Let the next page ask anew what the twin is called."""
    cast(Remembered[Twin], current_app.extensions[SITE]).forget()


def log_in(email: str, password: str) -> User:
    """Exchange a password for tokens and start a session with a new identity."""
    client = _api().client()
    return _enter(client, client.log_in(email, password))


def look_at(token: str) -> Invited:
    """Return whom an invitation's link invites."""
    return _api().client().invitations.look(token)


def accept(token: str, password: str) -> User:
    """Become a user by an invitation, and start a session with a new identity."""
    client = _api().client()
    tokens = client.invitations.accept(token, password)
    if session_is_open():  # of whoever used this browser before
        log_out()
    return _enter(client, tokens)


def _enter(client: Client, tokens: Tokens) -> User:
    user = client.me()
    held = _session()
    _store().put_tokens(held.renew(), tokens)
    held.tokens, held.stale = tokens, False
    session["user"] = user.model_dump(mode="json")
    login_user(Account(user))
    cast(People, current_app.extensions[PEOPLE]).put(_identity(), user, None)
    return user


def log_out() -> None:
    """End the session here and in the API, even when the API does not answer."""
    try:
        api().log_out()
    except DTBaseError:
        current_app.logger.info("the API did not hear of a log-out")
    forget()


def forget() -> None:
    """End the session here."""
    identity = _session().identity
    logout_user()
    session.clear()
    if identity is not None:
        _store().forget(identity)
    _session().identity = None


def session_is_open() -> bool:
    """Tell whether somebody is logged in."""
    return bool(current_user.is_authenticated)


def _load(identity: str) -> Account | None:
    content: dict[str, Any] | None = session.get("user")
    if content is None or str(content["id"]) != identity:
        return None
    return Account(User.model_validate(content))


def _session() -> StoredSession:
    return cast(StoredSession, session._get_current_object())  # type: ignore[attr-defined]  # noqa: SLF001


def _identity() -> str:
    identity = _session().identity
    if identity is None:
        raise NotAuthenticated("nobody is logged in")
    return identity


def _api() -> Api:
    return cast(Api, current_app.extensions[STATE])


def _store() -> SessionStore:
    return cast(RedisSessions, current_app.session_interface).store
