"""A twin in containers, as people start, use, break and upgrade it; the tests go in this order."""

import re
import ssl
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import Page, expect, sync_playwright

from dtbase.client import Client
from tests.compose.stack import EMAIL, ROOT, Stack, build, eventually, layers, run

pytestmark = [
    pytest.mark.timeout(1800),
    pytest.mark.filterwarnings("ignore:Unverified HTTPS"),
]

FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
LINES = "#explore-graph .scatterlayer .trace.scatter .lines path.js-line"
SERIES = "mast/temperature"
DAYS = 10
CHILD = "import os; os.kill(int(open('/proc/1/task/1/children').read().split()[0]), 9)"
"""Kills what the container's init runs, as the kernel does when memory runs out."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Build the image, and remove at the end everything that was made."""
    folder = tmp_path_factory.mktemp("compose")
    folder.chmod(0o755)
    made = Stack(folder)
    made.compose("down", "--volumes", "--remove-orphans")
    made.compose("build", "api")
    print(f"\nThe image dtbase:test, by layer:\n{layers('dtbase:test')}")
    yield made
    made.profiles = ("proxy", "demo")
    made.compose("down", "--volumes", "--remove-orphans")


@pytest.fixture
def page() -> Iterator[Page]:
    """Open a page that takes the certificate of a local authority.

    pytest-playwright would bring the tests into another order; make compose-test leaves it out.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        opened = browser.new_context(ignore_https_errors=True).new_page()
        opened.set_default_timeout(60_000)
        yield opened
        browser.close()


def visit(page: Page, address: str) -> None:
    """Open a page, again while a container that came or went changes our networks.

    Chromium breaks off what it loads as often as an address comes: a second one follows the first.
    """

    def opened() -> bool:
        try:
            page.goto(address)
        except BrowserError as error:
            raise AssertionError(error.message) from error
        return True

    eventually(opened, within=60)


def enter(page: Page, site: str, password: str) -> None:
    """Log in by the form, and see the series drawn."""
    visit(page, f"{site}/explore?s={SERIES}")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Log in").click()
    lines = page.locator(LINES).first
    interrupted = page.get_by_role("heading", name="Your connection was interrupted")
    expect(lines.or_(interrupted).first).to_be_visible(timeout=60_000)
    if interrupted.is_visible():
        page.reload()
    expect(lines).to_be_visible(timeout=60_000)


def get_unchecked(address: str) -> Any:
    """Ask Caddy, whose certificate is by an authority that only it knows."""
    return requests.get(address, verify=False, timeout=30).json()  # noqa: S501


def test_the_image_is_small_has_no_compiler_and_tells_its_version(stack: Stack) -> None:
    line = ("docker", "run", "--rm", "--read-only", "--tmpfs", "/tmp", "dtbase:test")  # noqa: S108
    assert run(*line, "dtbase", "--version").startswith("dtbase 9.9.9 (")
    absent = run(*line, "sh", "-c", "command -v gcc cc pip pulumi || echo none").split()
    assert absent == ["none"] or {Path(each).name for each in absent} <= {"pip"}
    assert run(*line, "id", "-u").strip() == "10001"
    ours = run("docker", "history", "--human=false", "--format", "{{.Size}}", "dtbase:test").split()
    base = run("docker", "history", "--human=false", "--format", "{{.Size}}", stack.base).split()
    assert sum(map(int, ours)) - sum(map(int, base)) < 660_000_000, "with 140 MB of Python below"


def test_up_and_nothing_before_it_starts_a_twin(stack: Stack) -> None:
    print(f"\nReady after {stack.up():.0f} s.\n{stack.figures()}")
    health = stack.ask("GET", "/v1/health")
    assert (health["status"], health["version"]) == ("ok", "9.9.9")
    assert health["commit"] == stack.settings["DTBASE_COMMIT"]
    print(f"TimescaleDB: the {health['database']['edition']} edition")


def test_each_container_sees_its_own_secrets_only_and_may_write_nowhere(stack: Stack) -> None:
    look = ("sh", "-c", "cd /run/secrets && stat -c '%n %a %u' *")
    assert stack.inside("dash", *look).split("\n")[:-1] == [
        "redis_url 400 10001",
        "secret_key 400 10001",
    ]
    assert "database_url 400 10001" in stack.inside("api", *look)
    tried = stack.inside("api", "sh", "-c", "touch /app/x 2>&1 || true")
    assert "Read-only file system" in tried


def test_the_first_log_in_is_told_once(stack: Stack) -> None:
    password = stack.password()
    stack.log_in(password)
    assert stack.ask("GET", "/v1/auth/me")["password_expires_at"] is not None
    stack.up()
    assert stack.compose("logs", "--no-log-prefix", "admin").count("Password") == 1


def test_the_database_takes_the_connections_of_a_busy_twin(stack: Stack) -> None:
    """The image of TimescaleDB allows 25 for the memory that Compose gives it."""
    with ThreadPoolExecutor(30) as threads:
        asked = [threads.submit(stack.ask, "GET", "/v1/sensors") for _ in range(400)]
        assert all(each.result() == [] for each in asked)


def test_a_reading_that_is_pushed_is_seen_in_the_chart(stack: Stack, page: Page) -> None:
    now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with Client(stack.api) as twin:
        twin.log_in(EMAIL, stack.password())
        stack.ask("POST", "/v1/measures", {"name": "temperature", "unit": "degC"})
        kind = {"name": "mast", "measures": [{"name": "temperature"}]}
        stack.ask("POST", "/v1/sensor-types", kind)
        stack.ask("POST", "/v1/sensors", {"identifier": "mast", "type": "mast"})
        hours = [now - timedelta(hours=hour) for hour in range(24 * DAYS)]
        told = [
            {"sensor": "mast", "measure": "temperature", "time": time.isoformat()}
            | {"value": 15 + 5 * ((time.hour - 12) / 12) ** 2}
            for time in hours
        ]
        stack.ask("POST", "/v1/readings", {"readings": told})
    enter(page, stack.web, stack.password())


def test_a_forecast_runs(stack: Stack) -> None:
    with Client(stack.api) as twin:
        twin.log_in(EMAIL, stack.password())
        stack.ask("POST", "/v1/models", {"name": "arima"})
        started = twin.runs.start("arima", sensor="mast", measure="temperature", horizon=12)
        ended = {"succeeded", "failed"}

        def look() -> Any:
            found = twin.runs.get(started.id)
            return found if found.status in ended else None

        assert eventually(look).status == "succeeded"


def test_a_service_of_ones_own_runs_from_a_mounted_folder(stack: Stack) -> None:
    make = ("docker", "run", "--rm", "--user", "0:0", "--volume", f"{stack.services}:/made")
    run(*make, "dtbase:test", "dtbase", "service", "new", "gap", "--folder", "/made")
    stack.compose("restart", "worker-urgent", "worker-models", "scheduler")
    names = eventually(lambda: "gap" in {s["name"] for s in stack.ask("GET", "/v1/services")})
    assert names
    done = stack.finish("gap", {"minuend": SERIES, "subtrahend": SERIES})
    assert done["status"] == "succeeded", done


def test_a_service_of_ones_own_comes_in_by_an_image_from_ours(stack: Stack, tmp_path: Path) -> None:
    folder = tmp_path / "own-image"
    (folder / "services").mkdir(parents=True)
    dockerfile = (ROOT / "docs" / "examples" / "own-image" / "Dockerfile").read_text()
    (folder / "Dockerfile").write_text(dockerfile)
    run("cp", "-r", str(stack.services / "gap"), str(folder / "services"))
    build("dtbase:own", folder, "--build-arg", "DTBASE_IMAGE=dtbase:test", images=())
    ask = (
        "from importlib.metadata import entry_points as e; print(*e(group='dtbase.services').names)"
    )
    assert "gap" in run("docker", "run", "--rm", "dtbase:own", "python", "-c", ask).split()


def test_a_restart_keeps_data_and_log_ins(stack: Stack) -> None:
    stack.log_in(stack.password())
    stack.restart()
    assert stack.ask("GET", "/v1/sensors/mast")["identifier"] == "mast"


@pytest.mark.parametrize("service", ["api", "dash", "worker-urgent", "worker-models", "scheduler"])
def test_a_process_that_is_killed_comes_back_by_itself(stack: Stack, service: str) -> None:
    before = stack.restarts(service)
    stack.compose("exec", "--detach", service, "python", "-c", CHILD)  # it goes with its container
    eventually(lambda: stack.restarts(service) > before)
    eventually(lambda: stack.ask("GET", "/v1/health")["status"] == "ok")
    eventually(stack.all_well)


@pytest.mark.parametrize("service", ["redis", "database"])
def test_a_store_that_is_killed_comes_back_with_what_it_held(stack: Stack, service: str) -> None:
    stack.compose("kill", "--signal", "SIGKILL", service)
    stack.up()
    assert stack.ask("GET", "/v1/sensors/mast")["identifier"] == "mast"
    assert stack.finish("refresh-aggregates", {})["status"] == "succeeded"


def test_a_worker_that_is_told_to_end_does_so_at_once_when_it_has_nothing_to_do(
    stack: Stack,
) -> None:
    stack.compose("stop", "--timeout", "60", "worker-urgent", "worker-models")
    state = {name: status for name, status in stack.state().items() if name.startswith("worker")}
    assert all("Exited (137)" not in status for status in state.values()), state
    stack.up()


def test_when_all_are_told_to_end_at_once_each_does_so_by_itself(stack: Stack) -> None:
    """Redis and the database go together with those that use them."""
    stack.compose("stop", "--timeout", "60")
    assert not [name for name, status in stack.state().items() if "Exited (137)" in status]
    stack.up()


def test_the_demo_comes_by_its_profile_and_once(stack: Stack) -> None:
    before = stack.sensors()
    for _ in range(2):
        stack.compose("--profile", "demo", "up", "--detach", "--no-build")
        eventually(lambda: "Exited (0)" in stack.state()["demo"])
        assert sorted(set(stack.sensors()) - set(before)) == ["EWR", "JFK", "LGA"]
    assert len(stack.sensors()) == len(before) + 3
    eventually(stack.all_well)


def test_behind_caddy_below_a_path_everything_is_right(stack: Stack, page: Page) -> None:
    password = stack.password()
    stack.profiles = ("proxy",)
    stack.settings["DTBASE_PATH_PREFIX"] = "/twin"
    stack.up()
    health = eventually(lambda: get_unchecked(f"{stack.proxy}/twin/v1/health"))
    assert health["status"] == "ok"
    visit(page, f"{stack.proxy}/twin/explore?s={SERIES}")
    expect(page).to_have_url(re.compile(r"/twin/login\?next="))
    enter(page, f"{stack.proxy}/twin", password)
    cookies = {cookie.get("name"): cookie for cookie in page.context.cookies()}
    assert cookies["dtbase_session"].get("secure") is True
    assert cookies["dtbase_session"].get("path") == "/twin/"
    page.locator(".dt-nav a", has_text="Explore").first.click()
    expect(page).to_have_url(re.compile("/twin/explore"))
    certificate = ssl.get_server_certificate(("localhost", int(stack.proxy.rpartition(":")[2])))
    assert certificate.startswith("-----BEGIN CERTIFICATE-----")
    page.goto(f"{stack.proxy}/twin/docs")
    expect(page.locator(".opblock-tag").first).to_be_visible(timeout=120_000)
    said_from = {"X-Forwarded-For": "9.9.9.9"}
    wrong = {"email": EMAIL, "password": "not the password"}
    address = f"{stack.proxy}/twin/v1/auth/login"
    answer = requests.post(address, json=wrong, headers=said_from, verify=False, timeout=30)  # noqa: S501
    assert answer.status_code == 401
    (told,) = re.findall(r"refused to log in .* from (\S+):", stack.compose("logs", "api"))
    assert told == stack.gateway


def test_a_twin_of_the_first_image_is_upgraded_by_up(stack: Stack, tmp_path: Path) -> None:
    """The first commit's code in today's image file: its own pruned one file too many."""
    stack.profiles, stack.settings["DTBASE_PATH_PREFIX"] = (), ""
    added = ("git", "log", "--diff-filter=A", "--format=%H", "--", "Dockerfile")
    first = run(*added, cwd=ROOT).split()[-1]
    (tmp_path / "first").mkdir()
    run("sh", "-c", f"git archive {first} | tar -x -C {tmp_path / 'first'}", cwd=ROOT)
    (tmp_path / "first" / "infra" / "docker").mkdir(parents=True, exist_ok=True)
    for today in (".dockerignore", "Dockerfile", "infra/docker/prune.sh", "requirements/edge.txt"):
        (tmp_path / "first" / today).write_text((ROOT / today).read_text())
    build("dtbase:first", tmp_path / "first", "--build-arg", f"COMMIT={first}")
    stack.compose("down", "--volumes", "--remove-orphans")
    stack.settings["DTBASE_IMAGE"] = "dtbase:first"
    stack.token = stack.told = ""
    stack.up()
    assert stack.ask("GET", "/v1/health")["commit"] == first
    password = stack.password()
    stack.log_in(password)
    stack.ask("POST", "/v1/measures", {"name": "warmth", "unit": "degC"})
    stack.settings["DTBASE_IMAGE"] = "dtbase:test"
    stack.up("--timeout", "60")  # the first image's workers wait for a Redis that has gone
    assert stack.ask("GET", "/v1/health")["version"] == "9.9.9"
    stack.log_in(password)
    assert stack.ask("GET", "/v1/measures/warmth")["name"] == "warmth"
