"""A Redis that a test may kill."""

import subprocess
from typing import Self

from redis import Redis
from redis.exceptions import RedisError

from dtbase.local import programs
from dtbase.local.places import open_state
from dtbase.local.ports import HOST, free_port
from tests.twins import eventually


class OwnRedis:
    """A server that forgets everything when it dies."""

    def __init__(self) -> None:
        self.program = programs.find(open_state(), database=False, redis=True).redis
        self.port = free_port()
        self.url = f"redis://{HOST}:{self.port}/0"
        self.process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start it."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.kill()

    def start(self) -> None:
        """Start it empty, and wait for its first answer."""
        options = ("--port", str(self.port), "--save", "", "--appendonly", "no")
        self.process = subprocess.Popen(  # noqa: S603 - the program that twins run
            [str(self.program), *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        eventually(self.answers, within=20)

    def kill(self) -> None:
        """Kill it as a crash does."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(120)

    def answers(self) -> bool:
        """Tell whether it takes commands."""
        try:
            with Redis.from_url(self.url) as redis:
                return bool(redis.ping())
        except RedisError:
            return False
