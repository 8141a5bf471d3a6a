"""Large readings in JSON, which another process decodes: no request waits while it does."""

import pickle
import sys
from subprocess import PIPE, Popen
from threading import Lock
from typing import cast

from dtbase.domain.readings.batches import Batch
from dtbase.errors import DTBaseError, Unavailable
from dtbase.formats import json_process
from dtbase.formats.json_batches import decode

HEAVY = 24_000_000
MANY = 10_000
"""The weight of JSON (`dtbase/formats/weights.py`) and the lists and objects in it that are read in
ten milliseconds, in which nothing else runs. To hand over less takes longer than that."""

MODULE = "dtbase.formats.json_process"
DIED = "the body could not be read: what reads large bodies ended meanwhile; try again"


class JsonReader:
    """Decodes readings in JSON, heavy ones by a process that starts with the first of them."""

    def __init__(self) -> None:
        self._process: Popen[bytes] | None = None
        self._turn = Lock()

    def decode(self, body: bytes, weight: int) -> Batch:
        """Decode readings that weigh so much, or refuse them."""
        if weight < HEAVY and body.count(b"{") + body.count(b"[") <= MANY:
            return decode(body)
        with self._turn:
            outcome = self._ask(body)
        if isinstance(outcome, DTBaseError):
            raise outcome
        return outcome

    def stop(self) -> None:
        """End the process, if there is one."""
        with self._turn:
            self._end()

    def _ask(self, body: bytes) -> Batch | DTBaseError:
        """Hand a body over, to a new process where the last one has gone."""
        for _ in range(2):
            try:
                answer = self._exchange(body)
            except OSError:
                answer = None
            if answer is not None:
                return cast(Batch | DTBaseError, pickle.loads(answer))  # noqa: S301 - of our own
            self._end()
        raise Unavailable(DIED, retry_after=5)

    def _exchange(self, body: bytes) -> bytearray | None:
        if self._process is None:
            command = [sys.executable, "-m", MODULE]
            self._process = Popen(command, stdin=PIPE, stdout=PIPE, bufsize=0)  # noqa: S603
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        json_process.tell(self._process.stdin.fileno(), body)
        return json_process.take(self._process.stdout.fileno())

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.communicate()
