"""The examples of docs/client.md do what they say, in their order, as they stand there."""

import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from api.app import create_app
from api.throttle import Throttle, get_throttle
from dtbase.domain.people.keys import Scope
from dtbase.errors import DTBaseError
from dtbase.local.places import CHECKOUT
from dtbase.settings import environment_with
from dtbase.storage.database import transaction
from dtbase.storage.people.passwords import get_hasher
from tests.glbs import glb
from tests.live import serving
from tests.people import HASHER, PASSWORD, add_user

PAGE = CHECKOUT / "docs" / "client.md"
NOTHING = dict.fromkeys(("DTBASE_API_KEY", "DTBASE_DATABASE_URL", "DTBASE_REDIS_URL"), "")
"""What a user of the client has not."""


class Example(NamedTuple):
    """A block of code, and under which heading it stands."""

    heading: str
    language: str
    code: str


def examples(page: Path) -> Iterator[Example]:
    """Find the examples of a page in their order."""
    for section in page.read_text().split("\n## "):
        heading = section.partition("\n")[0]
        for language, code in re.findall(r"```(\w+)\n(.*?)```", section, flags=re.DOTALL):
            yield Example(heading, language, code)


@pytest.fixture
def reader(own_environment: str, throttle: Throttle, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Serve an empty twin, and be its admin in a folder of one's own."""
    with transaction() as session:
        add_user(session, "ann@example.org")
    api = create_app()
    api.dependency_overrides[get_hasher] = lambda: HASHER
    api.dependency_overrides[get_throttle] = lambda: throttle
    with serving(api) as url:
        yield environment_with(
            {
                **NOTHING,
                "DTBASE_API_URL": url,
                "DTBASE_EMAIL": "ann@example.org",
                "DTBASE_PASSWORD": PASSWORD,
                "XDG_CONFIG_HOME": str(tmp_path / "config"),
                "XDG_STATE_HOME": str(tmp_path / "state"),
                "PATH": f"{Path(sys.executable).parent}:{environment_with({})['PATH']}",
            }
        )


def run(example: Example, reader: dict[str, str], folder: Path) -> str:
    """Run an example as a reader would who pastes it, and return what it prints."""
    shell = shutil.which("bash")
    assert shell is not None
    program = {"python": [sys.executable, "-c"], "sh": [shell, "-euc"]}[example.language]
    done = subprocess.run(  # noqa: S603 - our own page
        [*program, example.code],
        env=reader,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, f"{example.heading}: {done.stderr}{done.stdout}"
    return done.stdout


def test_every_example_does_what_the_page_says(reader: dict[str, str], tmp_path: Path) -> None:
    said: defaultdict[str, str] = defaultdict(str)
    (tmp_path / "greenhouse.glb").write_bytes(glb())
    for example in examples(PAGE):
        said[example.heading] += run(example, reader, tmp_path)
    assert "air_temperature" in said["A twin from nothing, in Python"]
    assert "inserted=96" in said["Push and read frames"]
    assert "unchanged=96" in said["Push and read frames"]
    assert "no sensor type" in said["Errors are the server's"]
    assert "has changed since you read it" in said["Errors are the server's"]
    assert "ann@example.org\tadmin" in said["Log in to the command"]
    assert '"inserted":1' in said["Keys for devices and scripts"]
    assert "0 wait, 0 dropped, 0 refused" in said["From a device that loses its connection"]
    assert "door-1" in said["Register by curl"]
    git = said["A twin that lives in git"]
    assert "+ schedule far-model-daily" in git
    assert "~ sensor barn-1: name" in git
    assert git.count("done\n") == 3
    assert [line for line in git.splitlines() if line.startswith("- ")] == []


def test_the_page_names_every_scope_and_every_error() -> None:
    page = PAGE.read_text()
    assert [scope for scope in Scope if f"`{scope}`" not in page] == []
    errors = [error.__name__ for error in DTBaseError.kinds()]
    assert [name for name in errors if f"`{name}`" not in page] == []
