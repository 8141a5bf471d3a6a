"""`make up`: what has to be so before a twin starts, and its start.

The fork server imports for longer than all else takes, so it begins first.
"""

import time
from typing import TYPE_CHECKING

from dtbase.errors import Conflict
from dtbase.local import alone
from dtbase.local.explained import explained
from dtbase.local.fork_server import ForkServer
from dtbase.local.places import open_state
from dtbase.local.ports import is_free
from dtbase.local.progress import say, silence_broken
from dtbase.local.rights import account_for
from dtbase.local.stopping import StopRequested
from dtbase.settings import LocalSettings, get_local_settings

if TYPE_CHECKING:
    from dtbase.local.start import Start


def up(*, reload: bool = False) -> None:
    """Run the twin in the foreground until somebody stops it."""
    began = time.monotonic()
    state = open_state()
    with explained(), alone.running_alone(state):
        with silence_broken("ending what an earlier start left"):
            alone.recover(state)
        settings = get_local_settings()
        ensure_free(settings)
        account = account_for(state.account)
        fork_server = None if reload else ForkServer.try_to_open(state.logs, account)
        try:
            from dtbase.local.start import Start  # what this imports need not be waited for first

            run(Start(settings, state, account, fork_server, reload=reload, began=began))
        finally:
            if fork_server is not None:
                fork_server.close()


def run(start: "Start") -> None:
    """Run a twin, and stop all that was started, however it ends."""
    try:
        start.run()
    except StopRequested:
        say("Stopping")
    finally:
        with silence_broken("stopping"):
            start.stop()
    say("The twin has stopped; its data is kept.")


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
