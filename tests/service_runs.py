"""What became of runs of services, as the database has it."""

from dtbase.domain.services.service_runs import LogQuery, ServiceRun
from dtbase.storage.database import transaction
from dtbase.storage.services import service_runs


def run_now(run_id: int) -> ServiceRun:
    with transaction() as session:
        return service_runs.get(session, run_id)


def lines_of(run_id: int) -> list[str]:
    """Return a run's log."""
    with transaction() as session:
        return [line.line for line in service_runs.log_of(session, run_id, LogQuery()).items]
