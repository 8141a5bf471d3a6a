"""Services: what can be run, with which parameters, when, and how it went."""

import math
from collections.abc import Sequence
from time import monotonic, sleep
from urllib.parse import quote

from pydantic import JsonValue

from dtbase.client.options import listing, stretch
from dtbase.client.registry import Registry
from dtbase.client.transport import Found, Transport
from dtbase.domain.forecasts.runs import RunStatus
from dtbase.domain.paging import MOST, Cursor, Listed
from dtbase.domain.services.schedules import NewSchedule, Schedule, ScheduleChange
from dtbase.domain.services.service_runs import LogLine, ServiceRun
from dtbase.domain.services.services import (
    NewHttpService,
    ParameterSet,
    ParameterSetChange,
    Service,
    ServiceChange,
    SetOfService,
)
from dtbase.errors import Unavailable

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 2.0


class Services(Registry[NewHttpService, Service, ServiceChange]):
    """What can be run; add() is for services behind a URL."""

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport, "/v1/services", Service, "name")

    def list(
        self, *, kind: str | None = None, search: str | None = None, sort: str | None = None
    ) -> Sequence[Service]:
        """Return the services that fit, by name."""
        return self._list(kind=kind, search=search, sort=sort)

    def parameter_sets(self, service: Service | str) -> "ParameterSets":
        """Return the parameter sets of a service: list, get, add, change and delete them."""
        return ParameterSets(self._transport, f"{self._at(service)}/parameter-sets")

    def run(
        self,
        service: Service | str,
        parameters: dict[str, JsonValue] | None = None,
        *,
        parameter_set: str | None = None,
    ) -> ServiceRun:
        """Queue a run; parameters win over those of a set."""
        body = {"parameter_set": parameter_set, "parameters": parameters or {}}
        return self._transport.post(f"{self._at(service)}/runs", ServiceRun, body)


class AllParameterSets:
    """The parameter sets of all services; those of one are `services.parameter_sets(…)`."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def list(
        self, *, service: str | None = None, search: str | None = None, sort: str | None = None
    ) -> Sequence[SetOfService]:
        """Return the parameter sets that fit, each with its service, by name."""
        asked = listing(service=service, search=search, sort=sort)
        return self._transport.list_of("/v1/parameter-sets", SetOfService, asked)

    def page(
        self, *, skip: int = 0, limit: int = 100, **filters: str | None
    ) -> Listed[SetOfService]:
        """Return a stretch of the list, and how many fit in all; filters are those of `list`."""
        asked = stretch(skip, limit, filters)
        return self._transport.page_of("/v1/parameter-sets", SetOfService, asked)


class ParameterSets(Registry[ParameterSet, ParameterSet, ParameterSetChange]):
    """Parameters of one service under names."""

    def __init__(self, transport: Transport, path: str) -> None:
        super().__init__(transport, path, ParameterSet, "name")

    def list(self, *, search: str | None = None, sort: str | None = None) -> Sequence[ParameterSet]:
        """Return the parameter sets that fit, by name."""
        return self._list(search=search, sort=sort)


class Schedules(Registry[NewSchedule, Schedule, ScheduleChange]):
    """When services run without anyone asking."""

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport, "/v1/schedules", Schedule, "name")

    def list(
        self,
        *,
        service: str | None = None,
        enabled: bool | None = None,
        search: str | None = None,
        sort: str | None = None,
    ) -> Sequence[Schedule]:
        """Return the schedules that fit, by name."""
        return self._list(service=service, enabled=enabled, search=search, sort=sort)

    def run_now(self, schedule: Schedule | str) -> ServiceRun:
        """Queue a run with a schedule's parameters; its ticks stay as they are."""
        return self._transport.post(f"{self._at(schedule)}/runs", ServiceRun, None)


class ServiceRuns:
    """Runs of services."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, run_id: int) -> ServiceRun:
        """Return one run, or raise NotFound."""
        return self._transport.get(f"/v1/service-runs/{run_id}", ServiceRun)

    def list(
        self,
        service: str | None = None,
        schedule: str | None = None,
        status: RunStatus | None = None,
        limit: int | None = None,
        *,
        parent: int | None = None,
    ) -> Found[ServiceRun]:
        """Return the runs that fit, newest first; or the parts of one.

        With a limit, at most so many; `more` of the answer tells whether there are others.
        """
        wanted = {
            "parent": parent,
            "service": service,
            "schedule": schedule,
            "status": status,
            "limit": min(limit or MOST, MOST),
        }
        return self._transport.list_of(
            "/v1/service-runs", ServiceRun, wanted, most=limit or math.inf
        )

    def log(self, run_id: int, after: LogLine | None = None) -> Sequence[LogLine]:
        """Return what a run has logged, or what it has after one of its lines, oldest first."""
        path = f"/v1/service-runs/{quote(str(run_id))}/log"
        behind = {} if after is None else {"cursor": str(Cursor.behind(after, "id", ["id"]))}
        return self._transport.list_of(path, LogLine, {"limit": MOST, **behind})

    def cancel(self, run_id: int) -> ServiceRun:
        """Call a run off; raise Conflict if it has ended."""
        return self._transport.post(f"/v1/service-runs/{run_id}/cancel", ServiceRun, None)

    def wait(self, run_id: int, timeout: float = 600) -> ServiceRun:
        """Return a run when it has ended, or raise Unavailable when that takes too long."""
        deadline, pause = monotonic() + timeout, FIRST_PAUSE
        while not (run := self.get(run_id)).status.ended:
            if monotonic() > deadline:
                raise Unavailable(f"run {run_id} is {run.status} after {timeout:g} s")
            sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
        return run
