"""The examples of the README do what it says, as they stand there."""

import re
import shutil
import subprocess
import sys

import pytest

from dtbase.client import Client
from dtbase.local.places import CHECKOUT
from dtbase.local.ports import HOST
from dtbase.settings import environment_with
from tests.acceptance.conftest import EMAIL, Site
from tests.people import PASSWORD

README = CHECKOUT / "README.md"


def blocks(language: str) -> list[str]:
    """Return the examples in a language."""
    return re.findall(rf"```{language}\n(.*?)```", README.read_text(), flags=re.DOTALL)


@pytest.fixture
def reader(site: Site) -> dict[str, str]:
    """Have pasted the line that `make up` ends with."""
    return environment_with(
        {
            "DTBASE_API_URL": f"http://{HOST}:{site.api_port}",
            "DTBASE_EMAIL": EMAIL,
            "DTBASE_PASSWORD": PASSWORD,
        }
    )


def test_the_curl_example_stores_a_reading(site: Site, reader: dict[str, str]) -> None:
    (example,) = (block for block in blocks("sh") if "curl" in block)
    shell = shutil.which("bash")
    assert shell is not None
    done = subprocess.run(  # noqa: S603 - our own README
        [shell, "-euc", example],
        env=reader,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    assert '"inserted":1' in done.stdout
    with Client(reader["DTBASE_API_URL"]) as client:
        client.log_in(EMAIL, PASSWORD)
        latest = {(one.sensor, one.measure): one.value for one in client.series.latest()}
    assert latest["my-desk", "temperature"] == 21.5


def test_the_python_example_reads_pushes_and_queues(site: Site, reader: dict[str, str]) -> None:
    (example,) = blocks("python")
    done = subprocess.run(  # noqa: S603 - our own README
        [sys.executable, "-c", example],
        env=reader,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "EWR/temperature" in done.stdout
    assert "inserted=0 replaced=0" in done.stdout
    assert re.search(r"^\d+ queued$", done.stdout, flags=re.MULTILINE)


def test_the_readme_links_only_to_files_that_exist() -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", README.read_text())
    assert [link for link in links if not (README.parent / link).exists()] == []


def test_the_readme_is_short() -> None:
    assert len(README.read_text().split()) < 600
