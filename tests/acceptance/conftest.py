"""A whole site for the browser: API, worker and dashboard as processes, on real demo data."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Page, expect

from dash_app.gate import CSRF_COOKIE, CSRF_FIELD
from dtbase.local.ports import HOST, free_port
from dtbase.storage.database import transaction
from dtbase.storage.readings import readings
from dtbase.storage.readings.readings import OnConflict
from jobs.demo import load, replay
from tests.acceptance.shared_pages import SharedPage
from tests.conftest import Servers
from tests.forks import Run, running
from tests.people import PASSWORD, add_user
from tests.twins import eventually, own_twin

EMAIL = "ada@example.org"
HISTORY = timedelta(days=40)
PATIENCE = 45_000
FLAGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
DESK = {"width": 1440, "height": 945}

HERE = Path(__file__).parent

Hear = Callable[[str, Callable[[Any], None]], None]

expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run a browser test that failed once more, and tell of it: docs/decisions says why."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.flaky(reruns=1))


WEB_PORT = cache(free_port)
"""Where each site has its pages, so that what the browser keeps of one serves the next."""


class Site:
    """Where the pages are, and how to take the API away and bring it back."""

    def __init__(self, folder: Path, run: Run = running) -> None:
        """Choose the ports, and how programs are run."""
        self.folder, self.run = folder, run
        self.api_port, self.web_port = free_port(), WEB_PORT()

    @property
    def url(self) -> str:
        """Return the address of the front page."""
        return f"http://{HOST}:{self.web_port}"

    @contextmanager
    def process(self, name: str, module: str, *arguments: str) -> Iterator[None]:
        """Run one process until the end of the block."""
        variables = {
            "DTBASE_API_URL": f"http://{HOST}:{self.api_port}",
            "DTBASE_IMPORT_FOLDER": str(self.folder),
        }
        log = self.folder / f"{name}.log"
        with self.run(module, log, *arguments, variables=variables) as process:
            yield
            process.terminate()
            process.wait(120)

    @contextmanager
    def api(self) -> Iterator[None]:
        """Run the API until the end of the block."""
        bound = ("--host", HOST, "--port", str(self.api_port))
        with self.process("api", "api", *bound):
            eventually(lambda: answers(f"http://{HOST}:{self.api_port}/v1/health"), within=120)
            yield

    @contextmanager
    def dashboard(self) -> Iterator[None]:
        """Run the dashboard until the end of the block."""
        bound = ("--bind", f"{HOST}:{self.web_port}", "--no-control-socket")
        threads = ("--worker-class", "gthread", "--threads", "8", "--graceful-timeout", "2")
        factory = "dash_app.app:create_server()"
        with self.process("dashboard", "gunicorn", *bound, *threads, factory):
            eventually(lambda: answers(f"{self.url}/health"), within=120)
            yield

    def cookies_of(self, email: str) -> Sequence[Any]:
        """Log somebody in by what the form sends, and return the cookies of a browser."""
        with requests.Session() as session:
            session.get(f"{self.url}/login", timeout=60).raise_for_status()
            form = {"email": email, "password": PASSWORD, CSRF_FIELD: session.cookies[CSRF_COOKIE]}
            session.post(f"{self.url}/login", data=form, timeout=60).raise_for_status()
            kept = session.cookies.items()
        return [{"name": name, "value": value, "url": self.url} for name, value in kept]


def answers(url: str) -> bool:
    """Tell whether something is served at the address."""
    try:
        return requests.get(url, timeout=5).ok
    except requests.RequestException:
        return False


def fill() -> None:
    """Load the demo's last weeks, and let Ada in."""
    now = datetime.now(UTC)
    with transaction() as session:
        load.register(session, now)
        end = replay.floor(now) + replay.HOUR
        readings.write(session, load.batch(end - HISTORY, end), OnConflict.KEEP)
        add_user(session, EMAIL)


@pytest.fixture(scope="module")
def apis() -> Iterator[ExitStack]:
    """Hold the API that runs at present."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture(scope="module")
def site(
    servers: Servers, apis: ExitStack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Run API, worker and dashboard on a database of their own."""
    site = Site(tmp_path_factory.mktemp("site"))
    with own_twin(servers):
        fill()
        with site.process("worker", "jobs.worker"), site.dashboard():
            apis.enter_context(site.api())
            yield site
            apis.close()


@pytest.fixture(scope="session")
def base_url() -> str:
    """Stand in for a plugin's fixture of a kind that pytest has deprecated."""
    return ""


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Use the system's Chromium."""
    return {**browser_type_launch_args, "executable_path": "/usr/bin/chromium", "args": FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Use a screen of a desk, unless a test says otherwise."""
    return {**browser_context_args, "viewport": DESK, "reduced_motion": "reduce"}


@pytest.fixture
def visitor(site: Site, context: BrowserContext) -> Page:
    """Open a browser that nobody has logged in with."""
    context.set_default_timeout(PATIENCE)
    return context.new_page()


@pytest.fixture(scope="module")
def signed_in(site: Site) -> Sequence[Any]:
    """Log Ada in once, and keep the cookies."""
    return site.cookies_of(EMAIL)


@pytest.fixture
def new_ada(visitor: Page, signed_in: Sequence[Any]) -> Page:
    """Open a browser that Ada has logged in with, for a test that leaves something in it."""
    visitor.context.add_cookies(signed_in)
    return visitor


@pytest.fixture(scope="session")
def desk_page(browser: Browser, browser_context_args: dict[str, Any]) -> SharedPage:
    return SharedPage(browser, browser_context_args)


@pytest.fixture
def ada(desk_page: SharedPage, site: Site, signed_in: Sequence[Any]) -> Iterator[Page]:
    """Lend a page, shared by tests, that Ada has logged in with."""
    with desk_page.lent(site.url, signed_in, PATIENCE) as page:
        yield page


@pytest.fixture
def hear(ada: Page) -> Iterator[Hear]:
    """Listen to what the page tells of itself, until the test ends."""
    heard: list[tuple[Any, Callable[[Any], None]]] = []

    def listen(event: Any, listener: Callable[[Any], None]) -> None:
        heard.append((event, listener))
        ada.on(event, listener)

    yield listen
    for event, listener in heard:
        ada.remove_listener(event, listener)


def log_in(page: Page, site: Site, password: str = PASSWORD) -> None:
    """Fill in the log-in form and send it."""
    page.set_default_timeout(PATIENCE)
    page.goto(f"{site.url}/login")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Log in").click()
