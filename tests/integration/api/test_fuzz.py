"""The API under schemathesis: no failure of ours, and no answer that the document does not tell.

Every check of schemathesis.toml; `make fuzz` runs this for longer.
"""

import re
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest
from fastapi import FastAPI
from pydantic_settings import BaseSettings, SettingsConfigDict
from redis import Redis
from sqlalchemy.orm import Session

from api.app import create_app
from api.callers import Identify, Principal, identify
from api.key_uses import Uses
from api.security import get_identify
from api.throttle import Throttle, get_throttle
from dtbase import settings
from dtbase.domain.forecasts.runs import Model
from dtbase.domain.people.users import User
from dtbase.domain.registry.locations import Location
from dtbase.local.places import CHECKOUT
from dtbase.storage.database import transaction
from dtbase.storage.forecasts import models
from dtbase.storage.people.passwords import get_hasher
from dtbase.storage.registry import locations
from tests.factories import add_sensor
from tests.live import serving
from tests.people import HASHER, add_user
from tests.twins import own_redis_url

CONFIG = CHECKOUT / "schemathesis.toml"
TOKEN = "whoever-asks"


class Given(BaseSettings):
    """How long to ask, how much of each operation, and how many cases that must at least be."""

    model_config = SettingsConfigDict(env_prefix="DTBASE_TEST_FUZZ_", env_parse_none_str="none")

    seconds: int = 12
    cases: int = 10
    least: int = 1
    """None but one in the short form: how many come in its seconds depends on the machine."""
    seed: int | None = 1
    """The same cases each time, unless it is none."""


def steadfast(admin: User) -> Identify:
    """Keep whoever asks an admin, since what is asked includes deleting everybody."""

    def known(session: Session, tokens: Collection[str], uses: Uses) -> Mapping[str, Principal]:
        found = identify(session, tokens, uses)
        return {**found, TOKEN: Principal(user=admin)} if TOKEN in tokens else found

    return known


@pytest.fixture
def admin(own_environment: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> User:
    """Make a small twin with a queue of its own, and an admin."""
    monkeypatch.setenv("DTBASE_REDIS_URL", own_redis_url(redis_url))
    settings.get_settings.cache_clear()
    with Redis.from_url(own_redis_url(redis_url)) as redis, transaction() as session:
        redis.flushdb()
        add_sensor(session, "EWR")
        locations.add(session, Location(identifier="newark-airport", name="Newark"))
        models.add(session, Model(name="arima"))
        return add_user(session, "fuzz@example.org")


@pytest.fixture
def url(admin: User, throttle: Throttle) -> Iterator[str]:
    """Serve the API."""
    api = create_app()
    api.dependency_overrides[get_hasher] = lambda: HASHER
    api.dependency_overrides[get_throttle] = lambda: throttle
    api.dependency_overrides[get_identify] = lambda: steadfast(admin)
    with serving(api) as address:
        yield address


def ask_everything(url: str, given: Given, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run schemathesis, and keep what it says."""
    command = [
        *(sys.executable, "-m", "schemathesis.cli"),
        *("--config-file", str(CONFIG), "run", f"{url}/openapi.json"),
        *("--header", f"Authorization: Bearer {TOKEN}"),
        *("--max-examples", str(given.cases)),
        *("--max-time", str(given.seconds), "--no-color"),
        *([] if given.seed is None else ["--seed", str(given.seed)]),
    ]
    return subprocess.run(  # noqa: S603 - our own module
        command, capture_output=True, text=True, check=False, cwd=folder
    )


def test_an_answer_that_holds_half_an_address_does_not_end_the_asking(tmp_path: Path) -> None:
    api = FastAPI()

    @api.get("/half")
    def half() -> dict[str, str]:
        return {"address": "http://["}

    with serving(api) as address:
        asked = ask_everything(address, Given(seconds=20, cases=1), tmp_path)
    assert asked.returncode in {0, 1}, asked.stdout
    assert "Invalid IPv6 URL" not in asked.stdout + asked.stderr
    assert re.search(r"(\d+) generated", asked.stdout)


def test_whatever_the_document_allows_is_answered_as_it_says(url: str, tmp_path: Path) -> None:
    given = Given()
    asked = ask_everything(url, given, tmp_path)
    sys.stdout.write(asked.stdout)
    assert asked.returncode == 0, asked.stderr
    generated = re.search(r"(\d+) generated", asked.stdout)
    assert generated is not None
    assert int(generated[1]) >= given.least
