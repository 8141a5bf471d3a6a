"""`dtbase login` and `dtbase key` against an API that listens."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from api.app import create_app
from api.throttle import Throttle, get_throttle
from dtbase import settings
from dtbase.cli import app, session
from dtbase.client import Client
from dtbase.domain.people.users import Role, User, UserChange
from dtbase.errors import Invalid, NotAllowed, NotAuthenticated, Unavailable
from dtbase.storage.database import transaction
from dtbase.storage.people import users
from dtbase.storage.people.passwords import get_hasher
from tests.live import serving
from tests.people import HASHER, PASSWORD, add_user

ANN = "ann@example.org"


@pytest.fixture
def url(
    own_environment: str, throttle: Throttle, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[str]:
    """Serve the API, and let the command find it and keep its log-in in a folder of the test."""
    api = create_app()
    api.dependency_overrides[get_hasher] = lambda: HASHER
    api.dependency_overrides[get_throttle] = lambda: throttle
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("DTBASE_API_KEY", raising=False)
    with serving(api) as address:
        monkeypatch.setenv("DTBASE_API_URL", address)
        settings.get_command_settings.cache_clear()
        yield address
    settings.get_command_settings.cache_clear()


@pytest.fixture
def ann(url: str) -> User:
    with transaction() as opened:
        return add_user(opened, ANN, Role.EDITOR)


def run(*arguments: str, stdin: str | None = None) -> Result:
    result = CliRunner().invoke(app, arguments, input=stdin)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def log_in() -> None:
    run("login", ANN, "--password-stdin", stdin=PASSWORD + "\n")


def kept() -> Path:
    return session.place()


def test_a_log_in_is_kept_for_its_owner_alone_and_ends(url: str, ann: User) -> None:
    log_in()
    assert kept().stat().st_mode & 0o777 == 0o600
    assert kept().parent.stat().st_mode & 0o777 == 0o700
    assert list(kept().parent.iterdir()) == [kept()]
    tokens = session.load()
    assert run("whoami").stdout == f"{ANN}\teditor\t{url}\n"
    assert run("logout").stdout == f"logged out of {url}\n"
    assert not kept().exists()
    assert run("logout").stdout == "nobody was logged in\n"
    with Client(url, tokens=tokens) as client, pytest.raises(NotAuthenticated):
        client.me()


def test_a_key_is_issued_listed_used_and_revoked(url: str, ann: User) -> None:
    log_in()
    issued = run("key", "add", "script", "--scope", "registry:read", "--days", "30")
    secret = issued.stdout.strip()
    with Client(url, api_key=secret) as client:
        assert client.sensors.list() == []
    (line,) = run("key", "list").stdout.splitlines()
    key_id, *rest = line.split("\t")
    assert rest[:2] == [ANN, "script"]
    assert rest[2].startswith("never used, until 20")
    assert rest[3:] == ["editor", "registry:read"]
    revoked = run("key", "revoke", key_id, "--json").stdout
    assert json.loads(revoked) == {"revoked": int(key_id)}
    assert run("key", "list").stdout == ""
    with Client(url, api_key=secret) as client, pytest.raises(NotAuthenticated):
        client.sensors.list()


def test_the_line_comes_before_the_environment_and_a_key_before_a_log_in(
    url: str, ann: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    log_in()
    secret = run("key", "add", "viewer", "--scope", "*", "--role", "viewer").stdout.strip()
    assert run("--api-key", secret, "whoami").stdout.startswith(f"{ANN}\tviewer")
    monkeypatch.setenv("DTBASE_API_KEY", secret)
    settings.get_command_settings.cache_clear()
    assert run("whoami").stdout.startswith(f"{ANN}\tviewer")
    with pytest.raises(NotAuthenticated, match="dtbase login"):
        run("--api-key", "dtb_1_forged", "whoami")
    with pytest.raises(NotAllowed, match="log in"):
        run("key", "list")


def test_tokens_go_to_no_other_address(url: str, ann: User) -> None:
    log_in()
    with pytest.raises(NotAuthenticated, match=r"nobody is logged in to http://127\.0\.0\.1:9: "):
        run("--url", "http://127.0.0.1:9", "whoami")


def test_refreshed_tokens_are_kept(url: str, ann: User) -> None:
    log_in()
    tokens = session.load()
    assert tokens is not None
    session.save(tokens.model_copy(update={"access_token": "stale"}))
    assert run("whoami").exit_code == 0
    renewed = session.load()
    assert renewed is not None
    assert renewed.refresh_token != tokens.refresh_token
    assert kept().stat().st_mode & 0o777 == 0o600


def test_whoever_is_not_logged_in_is_told_what_to_do(url: str, ann: User) -> None:
    with pytest.raises(NotAuthenticated, match="say `dtbase login EMAIL`, or set DTBASE_API_KEY"):
        run("key", "list")
    log_in()
    with transaction() as opened:
        add_user(opened, "admin@example.org")
        users.update(opened, ann.id, UserChange(active=False), HASHER)
    with pytest.raises(NotAuthenticated, match="dtbase login"):
        run("key", "list")
    kept().write_text("no JSON")
    with pytest.raises(NotAuthenticated, match="nobody is logged in"):
        run("key", "list")


def test_whoever_reaches_no_api_is_told_what_to_do(url: str) -> None:
    with pytest.raises(Unavailable, match=r"no answer from http://127\.0\.0\.1:9.*make up"):
        run("--url", "http://127.0.0.1:9", "login", ANN, "--password-stdin", stdin=PASSWORD)


def test_a_password_is_never_read_from_a_pipe_unless_asked_to(url: str) -> None:
    assert run("login", ANN, stdin=PASSWORD).exit_code == 2


def test_a_wrong_key_is_refused_in_a_sentence(url: str, ann: User) -> None:
    log_in()
    with pytest.raises(Invalid, match="no sensor nowhere"):
        run("key", "add", "x", "--scope", "readings:write", "--sensor", "nowhere")
    with pytest.raises(Invalid, match=r"^NewKey: name: "):
        run("key", "add", " ", "--scope", "*")
