"""Signs of life in Redis, of processes that serve nobody a port to ask at."""

from socket import gethostname

from rq import Worker

from dtbase.queue import connect

LASTS = 60
"""Seconds after which a process that gave no sign counts as gone."""


def beat(process: str) -> None:
    """Give a sign of life of a process on this machine."""
    connect().set(key(process), 1, ex=LASTS)


def beats(process: str) -> bool:
    """Tell whether a process on this machine gave a sign of life lately."""
    return bool(connect().exists(key(process)))


def works() -> bool:
    """Tell whether a worker on this machine takes jobs; RQ keeps its signs of life."""
    return any(worker.hostname == gethostname() for worker in Worker.all(connection=connect()))


def key(process: str) -> str:
    """Name the sign of life of a process on this machine."""
    return f"dtbase:alive:{process}:{gethostname()}"
