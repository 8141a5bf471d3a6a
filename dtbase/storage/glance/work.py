"""How the base is doing: what runs, what comes next, what went wrong, how models do."""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from dtbase.domain.glance.overview import Due, Failure, Forecasting, Work

LATELY = timedelta(days=1)
FEW = 5
OPEN = text("""
SELECT count(*) FILTER (WHERE status = 'queued'), count(*) FILTER (WHERE status = 'running')
  FROM service_run WHERE status IN ('queued', 'running')
""")
FAILED = text("""
SELECT s.name, last.id, last.ended_at, last.reason
  FROM service s CROSS JOIN LATERAL (
    SELECT id, status, ended_at, reason FROM service_run
     WHERE service_id = s.id AND ended_at IS NOT NULL ORDER BY id DESC LIMIT 1) last
 WHERE last.status = 'failed' AND last.ended_at > :since
 ORDER BY last.ended_at DESC LIMIT :few
""")
DUE = text("""
SELECT c.name, s.name, c.next_at FROM schedule c JOIN service s ON s.id = c.service_id
 WHERE c.enabled AND c.next_at IS NOT NULL ORDER BY c.next_at, c.name LIMIT :few
""")
MODELS = text("""
SELECT (SELECT count(DISTINCT series_id) FROM champion),
       (SELECT count(*) FROM drift WHERE reason IS NOT NULL)
""")


def find(session: Session, now: datetime) -> Work:
    """Return what is open, due and failed."""
    queued, running = session.execute(OPEN).one()
    failed = session.execute(FAILED, {"since": now - LATELY, "few": FEW})
    due = session.execute(DUE, {"few": FEW})
    return Work(
        queued=queued,
        running=running,
        failures=tuple(
            Failure(service=service, run=run, at=at, reason=reason)
            for service, run, at, reason in failed
        ),
        due=tuple(Due(schedule=schedule, service=service, at=at) for schedule, service, at in due),
    )


def forecasting(session: Session, forecast: int) -> Forecasting:
    """Return how the models do, of which so many series have a forecast."""
    champions, drifting = session.execute(MODELS).one()
    return Forecasting(series=forecast, champions=champions, drifting=drifting)
