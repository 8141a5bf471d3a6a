"""Whether the processes of a twin do their work, asked from outside."""

from http.client import HTTPConnection, HTTPException

from dtbase.local.ports import HOST


def serves(port: int, path: str) -> bool:
    """Tell whether a page is answered without a server error."""
    status = status_of(port, path)
    return status is not None and status < 400  # noqa: PLR2004 - an HTTP status


def answers(port: int, path: str) -> bool:
    """Tell whether anything is answered, be it that something else is amiss."""
    return status_of(port, path) is not None


def status_of(port: int, path: str) -> int | None:
    """Return the status that a page is answered with, or None without an answer."""
    connection = HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()


def works(redis_url: str, pid: int) -> bool:
    """Tell whether a worker process takes jobs from the queues."""
    from redis import Redis  # it takes longer to import than pages take to answer
    from redis.exceptions import RedisError

    try:
        with Redis.from_url(redis_url, decode_responses=True, socket_timeout=5) as redis:
            keys = redis.smembers("rq:workers")
            return any(redis.hget(str(key), "pid") == str(pid) for key in keys)
    except RedisError:
        return False
