"""The API as the command reaches it: with a key, or with the tokens that `dtbase login` keeps.

Tokens lie in a file that only their owner can read, and go to no other address than the one
that issued them.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile

from pydantic import ValidationError

from dtbase.cli.line import ON_THE_LINE
from dtbase.client import Client
from dtbase.domain.frozen import Frozen
from dtbase.domain.people.users import Tokens
from dtbase.errors import NotAuthenticated, Unavailable
from dtbase.settings import get_command_settings

LOG_IN = "say `dtbase login EMAIL`, or set DTBASE_API_KEY"
START = "start the twin with `make up`, or name another by --url or DTBASE_API_URL"


class LogIn(Frozen):
    """The tokens of a log-in, and the only address that may have them."""

    url: str
    tokens: Tokens


def url() -> str:
    """Return the address of the API."""
    return (ON_THE_LINE.get().url or get_command_settings().api_url).rstrip("/")


def api_key() -> str | None:
    """Return the key to use, if one is given."""
    given = ON_THE_LINE.get().api_key or get_command_settings().api_key
    return given.get_secret_value() if given is not None else None


def place() -> Path:
    """Return where the tokens of a log-in are kept."""
    home = get_command_settings().xdg_config_home or Path.home() / ".config"
    return home / "dtbase" / "login.json"


def load() -> Tokens | None:
    """Return the tokens for this API, if somebody has logged in to it."""
    try:
        kept = LogIn.model_validate_json(place().read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
    return kept.tokens if kept.url == url() else None


def save(tokens: Tokens) -> None:
    """Keep the tokens of a log-in, whole or not at all, for nobody else to read."""
    folder = place().parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = LogIn(url=url(), tokens=tokens).model_dump_json()
    with NamedTemporaryFile("w", dir=folder, delete=False) as file:  # made with mode 0600
        file.write(kept)
    os.replace(file.name, place())  # noqa: PTH105 - a name, not a path


def forget() -> None:
    """Remove what is kept of a log-in."""
    place().unlink(missing_ok=True)


@contextmanager
def open_client() -> Iterator[Client]:
    """Reach the API as whoever the command line, the environment or the log-in says."""
    key = api_key()
    tokens = None if key else load()
    if not (key or tokens):
        raise NotAuthenticated(f"nobody is logged in to {url()}: {LOG_IN}")
    with expecting_api(), Client(url(), key, tokens=tokens) as client:
        client.on_refresh = save
        try:
            yield client
        except NotAuthenticated as error:
            raise NotAuthenticated(f"{error.detail}: {LOG_IN}") from error


@contextmanager
def expecting_api() -> Iterator[None]:
    """Say what to do when the API is not there."""
    try:
        yield
    except Unavailable as error:
        raise Unavailable(f"{error.detail}: {START}") from error
