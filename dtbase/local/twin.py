"""The processes of a twin beside its database and Redis, and how each is started."""

import subprocess
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from dtbase import processes
from dtbase.domain.frozen import Frozen
from dtbase.errors import Unavailable
from dtbase.local.accounts import Account
from dtbase.local.children import Recipe
from dtbase.local.fork_server import PYTHON, ForkServer
from dtbase.local.forking import Request
from dtbase.local.places import CHECKOUT, State
from dtbase.local.ports import HOST
from dtbase.processes import Process
from dtbase.settings import environment_with

CHANGED = "(the one you chose: it was changed since the first start)"


class LogIn(Frozen):
    """What the first admin logs in with, for people to read."""

    email: str
    password: str


class Addresses(Frozen):
    """Where the servers and applications of one twin answer, and the secret its processes share."""

    database_url: str
    redis_url: str
    secret_key: str
    api_port: int
    web_port: int

    @property
    def api_url(self) -> str:
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
            "DTBASE_PUBLIC_WEB_URL": self.web_url,
        }


@dataclass(frozen=True)
class Twin:
    """One checkout's processes."""

    state: State
    addresses: Addresses
    reload: bool = False
    account: Account | None = None
    """The account that the processes run as; None for our own."""
    fork_server: ForkServer | None = None
    """Forks the processes that go on; without it each is started by itself."""

    def recipe(self, name: str, process: Process, nice: int = 0) -> Recipe:
        """Return how to run a process of this twin."""
        variables = PYTHON | self.addresses.variables()
        return Recipe(
            name=name,
            command=["nice", "-n", str(nice), *process.command()],
            log=self.state.logs / f"{name}.log",
            environment=environment_with(variables),
            account=self.account,
            folder=CHECKOUT,
        )

    def lasting(self, name: str, process: Process, nice: int = 0) -> Recipe:
        """Return how to run a process that goes on, so that it shares what others import."""
        recipe = self.recipe(name, process, nice)
        if self.fork_server is None:
            return recipe
        request = Request(
            name=name, process=process, nice=nice, environment=dict(recipe.environment)
        )
        return replace(recipe, fork=partial(self.fork_server.fork, request))

    def migrations(self) -> Recipe:
        """Return how to bring the schema up to date."""
        return self.recipe("migrations", processes.MIGRATIONS)

    def demo(self) -> Recipe:
        """Return how to load the demo twin; it loads nothing twice."""
        return self.recipe("demo", processes.DEMO)

    def first_admin(self, email: str, password: str) -> LogIn:
        """Add the first admin to a twin that has none, and return how to log in."""
        process = Process(module="dtbase.local.admin", arguments=(email,))
        code, said = self._run("first-admin", process, password)
        last = said.strip().rpartition("\n")[2]
        if code:
            raise Unavailable(f"the first admin could not be added: {last}")
        return LogIn.model_validate_json(last)

    def _run(self, name: str, process: Process, typed: str) -> tuple[int, str]:
        """Run a process to its end; return its code and what it said."""
        recipe = self.recipe(name, process)
        environment = dict(recipe.environment)
        request = Request(name=name, process=process, environment=environment, typed=typed)
        if self.fork_server is not None:
            with suppress(OSError):
                return self.fork_server.run(request)
        done = subprocess.run(
            recipe.command,
            input=typed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            env=environment,
            cwd=CHECKOUT,
            start_new_session=True,
            **(self.account.drop() if self.account else {}),
        )
        return done.returncode, done.stdout

    def worker(self, number: int, *queues: str) -> Recipe:
        """Return how to start a worker for some queues, or for all; a long model lags behind."""
        return self.lasting(f"worker-{number}", processes.worker(*queues), nice=0 if queues else 10)

    def scheduler(self) -> Recipe:
        """Return how to start the scheduler."""
        return self.lasting("scheduler", processes.SCHEDULER)

    def api(self) -> Recipe:
        """Return how to start the API."""
        return self.lasting("api", processes.api(HOST, self.addresses.api_port, reload=self.reload))

    def dashboard(self) -> Recipe:
        """Return how to start the dashboard."""
        return self.lasting(
            "dash", processes.dashboard(HOST, self.addresses.web_port, reload=self.reload)
        )

    def keep_variables(self) -> Path:
        """Write the variables for other commands against this twin, for our eyes only."""
        path = self.state.folder / "twin.env"
        path.touch(mode=0o600)
        path.chmod(0o600)
        lines = (f"{name}='{value}'\n" for name, value in self.addresses.variables().items())
        path.write_text("".join(lines))
        return path
