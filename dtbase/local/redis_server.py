"""A private Redis that keeps what it was told."""

import signal
from dataclasses import dataclass
from pathlib import Path

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from dtbase.errors import Unavailable
from dtbase.local.passwords import Passwords
from dtbase.local.places import State
from dtbase.local.ports import HOST

STOP = signal.SIGTERM
ONCE = Retry(NoBackoff(), 0)  # whoever asks whether it answers asks again


@dataclass(frozen=True)
class Server:
    """One data folder and the program that serves it."""

    program: Path
    state: State
    passwords: Passwords
    port: int
    durable: bool = True

    @property
    def url(self) -> str:
        """Return the address of its first database."""
        return f"redis://:{self.passwords.redis}@{HOST}:{self.port}/0"

    def create(self) -> None:
        """Write the configuration, password included, for the account's eyes only."""
        folder = self.state.private("redis")
        config = folder / "redis.conf"
        config.unlink(missing_ok=True)
        config.touch(mode=0o600)
        config.write_text("".join(f"{line}\n" for line in self._lines(folder)))
        self.state.account.own(config)

    def _lines(self, folder: Path) -> list[str]:
        keeping = ["appendonly yes", "appendfsync everysec"] if self.durable else ["appendonly no"]
        return [
            f"bind {HOST}",
            f"port {self.port}",
            f"requirepass {self.passwords.redis}",
            f'dir "{folder}"',
            "daemonize no",
            "maxmemory-policy noeviction",
            'save ""',
            *keeping,
        ]

    def command(self) -> list[str]:
        """Return the command that serves it in the foreground."""
        return [str(self.program), str(self.state.folder / "redis" / "redis.conf")]

    def answers(self) -> bool:
        """Tell whether the server takes commands."""
        return refusal(self.url) is None


def ensure_answer(url: str) -> None:
    """Refuse a Redis that somebody named and that does not answer."""
    if reason := refusal(url):
        raise Unavailable(f"the Redis of DTBASE_REDIS_URL does not answer: {reason}")


def refusal(url: str) -> str | None:
    """Return why a Redis does not answer, or None if it does."""
    try:
        with Redis.from_url(url, socket_timeout=2, retry=ONCE) as redis:
            redis.ping()
    except RedisError as error:
        return str(error).rstrip(".")
    return None
