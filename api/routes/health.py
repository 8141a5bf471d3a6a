"""Whether the twin's services answer; open to everybody, and quiet about details."""

from fastapi import APIRouter, Response
from redis.exceptions import RedisError
from rq import Worker

from dtbase import queue
from dtbase.domain.health import AggregatesHealth, DatabaseHealth, Health, QueueHealth
from dtbase.errors import Unavailable
from dtbase.storage.database import transaction
from dtbase.storage.readings import rollups
from dtbase.version import get_commit, get_version

router = APIRouter(prefix="/health", tags=["health"])


@router.get("", summary="Show whether the services answer")
def get_health(response: Response) -> Health:
    """Answer 200 when database and queue answer, else 503; say how far aggregates lag."""
    database, aggregates = database_health()
    redis = redis_health()
    healthy = database.ok and redis.ok
    response.status_code = 200 if healthy else 503
    return Health(
        status="ok" if healthy else "degraded",
        version=get_version(),
        commit=get_commit(),
        database=database,
        redis=redis,
        aggregates=aggregates,
    )


def database_health() -> tuple[DatabaseHealth, AggregatesHealth]:
    """Ask the database for its versions and its backlog."""
    try:
        with transaction() as session:
            return rollups.edition(session), rollups.backlog(session)
    except Unavailable:
        return DatabaseHealth(ok=False), AggregatesHealth()


def redis_health() -> QueueHealth:
    """Ask Redis how many workers listen."""
    try:
        return QueueHealth(ok=True, workers=Worker.count(connection=queue.connect()))
    except RedisError:
        return QueueHealth(ok=False)
