"""Whether PostgreSQL and Redis answer; open to everybody, and quiet about details."""

from fastapi import APIRouter, Response

from api.dependencies import WatchDep
from dtbase.domain.health import Health

router = APIRouter(prefix="/health", tags=["health"])


@router.get("", summary="Show whether database and queue answer")
async def get_health(response: Response, watch: WatchDep) -> Health:
    """Answer within two seconds, whatever is wrong: 200 when database and queue answer, else 503.

    The status is `degraded` also where no worker is alive. What cannot be known is null.
    """
    health = await watch.ask()
    response.status_code = 200 if health.serves else 503
    return health
