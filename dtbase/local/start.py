"""The phases from nothing to a running twin, and from a running twin to its end."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from dtbase.errors import DTBaseError, Unavailable
from dtbase.local import alone, health, schema
from dtbase.local.accounts import Account
from dtbase.local.children import Child
from dtbase.local.faults import FULL_DISK
from dtbase.local.fork_server import ForkServer
from dtbase.local.foundations import Foundations
from dtbase.local.passwords import Passwords
from dtbase.local.places import CHECKOUT, State
from dtbase.local.postgres import refusals_told
from dtbase.local.programs import Programs
from dtbase.local.progress import say, silence_broken
from dtbase.local.space import Room, is_full
from dtbase.local.stopping import Stopping
from dtbase.local.supervisor import Supervisor
from dtbase.local.twin import Addresses, LogIn, Twin
from dtbase.processes import URGENT
from dtbase.settings import LocalSettings


@dataclass
class Start:
    """One start of the twin."""

    settings: LocalSettings
    state: State
    account: Account | None
    """The account that our processes run as; None for our own."""
    fork_server: ForkServer | None
    reload: bool
    began: float
    stopping: Stopping = field(default_factory=Stopping)
    supervisor: Supervisor = field(init=False)

    def __post_init__(self) -> None:
        """Make the parent of all processes."""
        self.supervisor = Supervisor(alone.roll_file(self.state), self.stopping)

    def run(self) -> None:
        """Go through the phases, tell how to reach the twin, and watch over it."""
        with silence_broken("starting the twin", beyond=0.2), refusals_told():
            twin, log_in = self._start()
        tell(twin, log_in, time.monotonic() - self.began)
        self.supervisor.watch()

    def _start(self) -> tuple[Twin, LogIn]:
        """Go through the phases."""
        if self.state.folder != CHECKOUT / ".dtbase":
            say(f"Data, logs and passwords are kept in {self.state.folder}")
        foundations = Foundations(self.settings, self.state, self.supervisor)
        found = foundations.find()
        self.stopping.listen()
        room = Room(self.state.folder, self.stopping)
        twin, passwords = room.insist(lambda: self._stand(foundations, found), self.stop)
        return twin, self._processes(twin, room, passwords)

    def _stand(self, foundations: Foundations, found: Programs) -> tuple[Twin, Passwords]:
        """Start what the twin stands on, and fill it."""
        if self.fork_server is None and not self.reload:  # closed when a disk was full
            self.fork_server = ForkServer.try_to_open(self.state.logs, self.account)
        passwords = foundations.ports(Passwords.kept(self.state.folder))
        passwords.keep(self.state.folder)
        to = foundations.start(found, passwords)
        twin = Twin(self.state, to, self.reload, self.account, self.fork_server)
        twin.keep_variables()
        self._fill(twin)
        return twin, passwords

    def _fill(self, twin: Twin) -> None:
        """Bring schema and demo into the database, as far as they are missing."""
        if not schema.is_current(twin.addresses.database_url):
            say("Bringing the database schema up to date")
            self.supervisor.run(twin.migrations())
        self._load_demo(twin)

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

    def _processes(self, twin: Twin, room: Room, passwords: Passwords) -> LogIn:
        """Start everything that is ours; wait for what people see, and let others follow it."""
        say("Starting API, dashboard, workers and scheduler")
        if twin.fork_server is not None:
            twin.fork_server.wait_until_ready(self.stopping.pause)
        start, to = self.supervisor.start, twin.addresses
        api, dash, worker = map(start, (twin.api(), twin.dashboard(), twin.worker(1, *URGENT)))
        email = self.settings.admin_email
        log_in = room.insist(lambda: twin.first_admin(email, passwords.admin), lambda: None)
        try:
            self._wait(dash, lambda _: health.serves(to.web_port, "/"))
            self._wait(api, lambda _: health.serves(to.api_port, "/v1/health"))
            self._wait(worker, lambda child: health.works(to.redis_url, child.process.pid))
        except DTBaseError as error:
            if not room.lacked(error):
                raise
            say("The disk is full: free some space, and what does not work yet starts by itself")
        self.supervisor.expect(api, lambda: health.answers(to.api_port, "/v1/health"))
        self.supervisor.expect(dash, lambda: health.answers(to.web_port, "/health"))
        for recipe in (twin.worker(2), twin.scheduler()):
            start(recipe)
        return log_in

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
