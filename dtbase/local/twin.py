"""The processes of a twin beside its database and Redis, and how each is started."""

import sys
from dataclasses import dataclass
from pathlib import Path

from dtbase.domain.frozen import Frozen
from dtbase.local.children import Recipe
from dtbase.local.places import CHECKOUT, State
from dtbase.local.ports import HOST
from dtbase.settings import environment_with

URGENT = ("ingest", "maintenance")


class Addresses(Frozen):
    """Where the services of one twin answer, and the secret its processes share."""

    database_url: str
    redis_url: str
    secret_key: str
    api_port: int
    web_port: int

    @property
    def api_url(self) -> str:
        """Return the address of the API."""
        return f"http://{HOST}:{self.api_port}"

    @property
    def web_url(self) -> str:
        """Return the address of the dashboard."""
        return f"http://{HOST}:{self.web_port}"

    def variables(self) -> dict[str, str]:
        """Return them as the environment variables that settings read."""
        return {
            "DTBASE_DATABASE_URL": self.database_url,
            "DTBASE_REDIS_URL": self.redis_url,
            "DTBASE_SECRET_KEY": self.secret_key,
            "DTBASE_API_URL": self.api_url,
        }


@dataclass(frozen=True)
class Twin:
    """One checkout's processes."""

    state: State
    addresses: Addresses

    def module(self, name: str, module: str, *arguments: str, nice: int = 0) -> Recipe:
        """Return how to run a Python module as a process of this twin."""
        variables = {"PYTHONUNBUFFERED": "1"} | self.addresses.variables()
        return Recipe(
            name=name,
            command=["nice", "-n", str(nice), sys.executable, "-m", module, *arguments],
            log=self.state.logs / f"{name}.log",
            environment=environment_with(variables),
            folder=CHECKOUT,
        )

    def migrations(self) -> Recipe:
        """Return how to bring the schema up to date."""
        return self.module("migrations", "alembic", "upgrade", "head")

    def demo(self) -> Recipe:
        """Return how to load the demo twin; it loads nothing twice."""
        return self.module("demo", "jobs.demo", "load")

    def worker(self, number: int, *queues: str) -> Recipe:
        """Return how to start a worker for some queues, or for all; a long model lags behind."""
        return self.module(f"worker-{number}", "jobs.worker", *queues, nice=0 if queues else 10)

    def scheduler(self) -> Recipe:
        """Return how to start the scheduler."""
        return self.module("scheduler", "jobs.scheduler")

    def api(self) -> Recipe:
        """Return how to start the API."""
        bound = ("--host", HOST, "--port", str(self.addresses.api_port))
        quiet = ("--no-access-log", "--no-server-header", "--timeout-graceful-shutdown", "5")
        return self.module("api", "uvicorn", "--factory", "api.app:create_app", *bound, *quiet)

    def dashboard(self) -> Recipe:
        """Return how to start the dashboard."""
        bound = ("--bind", f"{HOST}:{self.addresses.web_port}")
        threads = ("--worker-class", "gthread", "--threads", "16", "--graceful-timeout", "5")
        quiet = ("--no-control-socket", "dash_app.app:create_server()")
        return self.module("dash", "gunicorn", *bound, *threads, *quiet)

    def keep_variables(self) -> Path:
        """Write the variables for other commands against this twin, for our eyes only."""
        path = self.state.folder / "twin.env"
        path.touch(mode=0o600)
        path.chmod(0o600)
        lines = (f"{name}='{value}'\n" for name, value in self.addresses.variables().items())
        path.write_text("".join(lines))
        return path
