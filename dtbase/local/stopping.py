"""Being asked to stop: noted by the signal, acted upon where it is safe."""

import signal
import time
from dataclasses import dataclass
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class StopRequested(Exception):
    """Somebody asked us to stop."""


@dataclass
class Stopping:
    """Whether we were asked to stop."""

    wanted: bool = False

    def listen(self) -> None:
        """Note Ctrl-C, SIGTERM and a closed terminal from now on."""
        for number in SIGNALS:
            signal.signal(number, self._note)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self.wanted = True

    def check(self) -> None:
        """Stop here if we were asked to."""
        if self.wanted:
            raise StopRequested

    def pause(self, seconds: float) -> None:
        """Let time pass, and stop if we were asked to."""
        self.check()
        time.sleep(seconds)
        self.check()
