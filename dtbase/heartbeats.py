"""Signs of life in Redis, of processes that serve nobody a port to ask at."""

from socket import gethostname

from redis import Redis

from dtbase.settings import get_settings

LASTS = 60
"""Seconds after which a process that gave no sign counts as gone."""

PATIENCE = 5.0
WORKERS = "rq:workers"
"""Where RQ lists its workers; to import RQ would take a health check most of its time."""


def connect() -> Redis:
    return Redis.from_url(
        str(get_settings().redis_url),
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        decode_responses=True,
    )


def beat(process: str) -> None:
    """Give a sign of life of a process on this machine."""
    with connect() as redis:
        redis.set(key(process), 1, ex=LASTS)


def beats(process: str) -> bool:
    """Tell whether a process on this machine gave a sign of life lately."""
    with connect() as redis:
        return bool(redis.exists(key(process)))


def works() -> bool:
    """Tell whether a worker on this machine takes jobs; RQ keeps its signs of life."""
    with connect() as redis:
        names = [str(name) for name in redis.smembers(WORKERS)]
        return any(redis.hget(name, "hostname") == gethostname() for name in names)


def key(process: str) -> str:
    """Name the sign of life of a process on this machine."""
    return f"dtbase:alive:{process}:{gethostname()}"
