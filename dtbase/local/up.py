"""`make up`: the phases from nothing to a running twin, and from a running twin to its end."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from dtbase.errors import Conflict, DTBaseError, Unavailable
from dtbase.local import alone, health, schema
from dtbase.local.accounts import Account
from dtbase.local.children import Child
from dtbase.local.explained import explained
from dtbase.local.faults import FULL_DISK
from dtbase.local.fork_server import ForkServer
from dtbase.local.foundations import Foundations
from dtbase.local.passwords import Passwords
from dtbase.local.places import CHECKOUT, State
from dtbase.local.ports import is_free
from dtbase.local.programs import Programs
from dtbase.local.progress import say
from dtbase.local.rights import account_for
from dtbase.local.servers import open_state
from dtbase.local.space import Room, is_full
from dtbase.local.stopping import Stopping, StopRequested
from dtbase.local.supervisor import Supervisor
from dtbase.local.twin import PYTHON, Addresses, LogIn, Twin
from dtbase.processes import URGENT
from dtbase.settings import LocalSettings, environment_with, get_local_settings


def up(*, reload: bool = False) -> None:
    """Run the twin in the foreground until somebody stops it."""
    state = open_state()
    with explained(), alone.running_alone(state):
        alone.recover(state)
        start = Start(get_local_settings(), state, reload=reload)
        try:
            start.run()
        except StopRequested:
            say("Stopping")
        finally:
            start.stop()
        say("The twin has stopped; its data is kept.")


@dataclass
class Start:
    """One start of the twin."""

    settings: LocalSettings
    state: State
    reload: bool = False
    stopping: Stopping = field(default_factory=Stopping)
    began: float = field(default_factory=time.monotonic)
    supervisor: Supervisor = field(init=False)
    fork_server: ForkServer | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        """Make the parent of all processes."""
        self.supervisor = Supervisor(alone.roll_file(self.state), self.stopping)

    def run(self) -> None:
        """Go through the phases, tell how to reach the twin, and watch over it."""
        ensure_free(self.settings)
        if self.state.folder != CHECKOUT / ".dtbase":
            say(f"Data, logs and passwords are kept in {self.state.folder}")
        foundations = Foundations(self.settings, self.state, self.supervisor)
        found = foundations.find()
        self.stopping.listen()
        room = Room(self.state.folder, self.stopping)
        twin, log_in = room.insist(lambda: self._stand(foundations, found), self.stop)
        self._processes(twin, room)
        tell(twin, log_in, time.monotonic() - self.began)
        self.supervisor.watch()

    def _stand(self, foundations: Foundations, found: Programs) -> tuple[Twin, LogIn]:
        """Start what the twin stands on, and fill it."""
        passwords = foundations.ports(Passwords.kept(self.state.folder))
        passwords.keep(self.state.folder)
        to = foundations.start(found, passwords)
        account = account_for(self.state.account, environment_with(to.variables()))
        self.fork_server = self._open_fork_server(account)
        twin = Twin(self.state, to, self.reload, account, self.fork_server)
        twin.keep_variables()
        return twin, self._fill(twin, passwords)

    def _open_fork_server(self, account: Account | None) -> ForkServer | None:
        """Begin to import what processes share, unless they shall follow changes of the code."""
        if self.reload:
            return None
        log = self.state.logs / "fork-server.log"
        try:
            return ForkServer.open(log, environment_with(PYTHON), account)
        except OSError:  # not every system has such sockets: each process is started by itself
            return None

    def _fill(self, twin: Twin, passwords: Passwords) -> LogIn:
        """Bring schema, demo and first admin into the database, as far as they are missing."""
        if not schema.is_current(twin.addresses.database_url):
            say("Bringing the database schema up to date")
            self.supervisor.run(twin.migrations())
        self._load_demo(twin)
        return twin.first_admin(self.settings.admin_email, passwords.admin)

    def _load_demo(self, twin: Twin) -> None:
        """Load the demo once into our own database; into a named one, as its command decides."""
        mark = self.state.folder / "postgres" / "demo-loaded"
        ours = self.settings.database_url is None
        if not self.settings.demo or (ours and mark.exists()):
            return
        say("Loading the demo twin: weather at three airports")
        self.supervisor.run(twin.demo())
        if ours:
            mark.touch()

    def _processes(self, twin: Twin, room: Room) -> None:
        """Start everything that is ours, and wait until what people see does its work."""
        say("Starting API, dashboard, workers and scheduler")
        start, to = self.supervisor.start, twin.addresses
        if twin.fork_server is not None:
            twin.fork_server.wait_until_ready(self.stopping.pause)
        worker, _ = start(twin.worker(1, *URGENT)), start(twin.worker(2))
        start(twin.scheduler())
        api, dash = start(twin.api()), start(twin.dashboard())
        try:
            self._wait(api, lambda _: health.serves(to.api_port, "/v1/health"))
            self._wait(dash, lambda _: health.serves(to.web_port, "/"))
            self._wait(worker, lambda child: health.works(to.redis_url, child.process.pid))
        except DTBaseError as error:
            if not room.lacked(error):
                raise
            say("The disk is full: free some space, and what does not work yet starts by itself")
        self.supervisor.expect(api, lambda: health.answers(to.api_port, "/v1/health"))
        self.supervisor.expect(dash, lambda: health.answers(to.web_port, "/health"))

    def stop(self) -> None:
        """Stop everything that was started."""
        self.supervisor.stop()
        if self.fork_server is not None:
            self.fork_server.close()
            self.fork_server = None

    def _wait(self, child: Child, ready: Callable[[Child], bool]) -> None:
        child.wait_until(lambda: ready(child), seconds=120, pause=self._pause)

    def _pause(self, seconds: float) -> None:
        """Wait for a child, unless there is no space in which it could start."""
        if is_full(self.state.folder):
            raise Unavailable(FULL_DISK)
        self.stopping.pause(seconds)


def ensure_free(settings: LocalSettings) -> None:
    """Refuse to start on a port that somebody else has."""
    wanted = {"API": settings.api_port, "WEB": settings.web_port}
    if settings.api_port == settings.web_port:
        raise Conflict("DTBASE_API_PORT and DTBASE_WEB_PORT are the same: choose two ports")
    for name, port in wanted.items():
        if not is_free(port):
            raise Conflict(
                f"port {port} is taken by another program: stop that one, or choose "
                f"another port with `make up DTBASE_{name}_PORT={port + 1}`"
            )


def tell(twin: Twin, log_in: LogIn, seconds: float) -> None:
    """Print how to reach, enter and stop the twin."""
    to: Addresses = twin.addresses
    say(f"""
DTBase is ready, after {seconds:.0f} s.

  Dashboard   {to.web_url}
  API         {to.api_url}   (its documentation: {to.api_url}/docs)

  E-mail      {log_in.email}
  Password    {log_in.password}

  For a shell  export DTBASE_API_URL={to.api_url} \\
                      DTBASE_EMAIL={log_in.email} DTBASE_PASSWORD='{log_in.password}'

  Data and logs are in {twin.state.folder}
  Stop with Ctrl-C here, or with `make down` in {CHECKOUT}.
""")
