"""Numbers for Prometheus."""

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_PLAIN_1_0_0

from api.dependencies import MetricsDep, SessionDep
from api.security import ReadsRegistry
from dtbase.storage.readings import asides, rollups

router = APIRouter(prefix="/metrics", tags=["health"])


@router.get("", summary="Show metrics", response_class=Response)
def get_metrics(_reads: ReadsRegistry, session: SessionDep, metrics: MetricsDep) -> Response:
    """Answer Prometheus's text format; counters are those of the process that answers."""
    body = metrics.write(rollups.backlog(session), asides.counts(session))
    return Response(body, media_type=CONTENT_TYPE_PLAIN_1_0_0)
