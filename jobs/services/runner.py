"""Carrying out a run of a service: it ends succeeded, failed or cancelled, or waits for a retry."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
from pydantic import BaseModel, ValidationError

from dtbase import queue
from dtbase.domain.forecasts.runs import RunStatus
from dtbase.domain.services.service_runs import HttpAnswer, Written
from dtbase.domain.services.services import ServiceKind
from dtbase.errors import DTBaseError, Invalid, TooMany, Unavailable
from dtbase.services import Cancelled, Yielded
from dtbase.storage.database import said_by, transaction
from dtbase.storage.services import service_run_states as states
from dtbase.storage.services import service_runs, services
from dtbase.storage.services.service_run_states import Job, Start
from jobs.services import catalogue, http
from jobs.services.answers import things_in
from jobs.services.context import RunContext
from jobs.services.http import Call
from jobs.services.sharing import carried
from jobs.services.timeouts import TookTooLong, at_most
from jobs.services.writing import Origins, write

logger = logging.getLogger("jobs.services")

LONGEST_REASON = 1_000


class Work:
    """One try of a run, and what has come of it so far."""

    def __init__(self, job: Job) -> None:
        """Begin."""
        self.job = job
        self.context = RunContext(job.present, datetime.now(UTC))
        self.origins = Origins(job.service, job.run)
        self.written = Written()
        self.answer: HttpAnswer | None = None

    def store(self, things: Sequence[Yielded]) -> None:
        """Store what was yielded in one transaction, then see whether to go on."""
        with transaction() as session:
            written = write(session, things, self.origins)
        self.written = self.written.plus(written)
        self.context.check()


def carry_out(run_id: int) -> None:
    """Carry out a run whose lock we hold."""
    with transaction() as session:
        began, job = states.start(session, run_id, carried())
    if began is Start.STARTED:
        assert job is not None
        try_it(Work(job))


def rehearse() -> None:
    """Build the statements that every run needs, so that each fork finds them built."""
    with states.holding(0), transaction() as session:
        states.start(session, 0)
        states.wanted(session, states.Try(0, 0))
        states.pulse(session, states.Try(0, 0), None, None, None)
        states.end(session, states.Try(0, 0), RunStatus.SUCCEEDED, None, Written())
        service_runs.deliveries(session, [0])


def try_it(work: Work) -> None:
    """Do the work once, and say how it ended."""
    try:
        with at_most(work.job.limits.timeout):
            do(work)
    except Cancelled:
        conclude(work, lambda: end(work, RunStatus.CANCELLED, states.CANCELLED))
    except Exception as error:
        logger.info("run %s of %s failed", work.job.run, work.job.service, exc_info=error)
        problem = error
        conclude(work, lambda: fail(work, problem))
    else:
        conclude(work, lambda: end(work, RunStatus.SUCCEEDED, None))


def conclude(work: Work, finish: Callable[[], None]) -> None:
    """Write down the rest of the log, and the end; then let another run go that waits for it."""
    with suppress(Unavailable):
        work.context.flush_last()
    finish()
    if work.job.limits.concurrency is not None:
        let_go(work.job.service_id)


def let_go(service_id: int) -> None:
    """Queue the runs for which a service has room again; without Redis the next tick does it."""
    with transaction() as session:
        freed = service_runs.deliveries(session, states.let_go(session, service_id))
    with suppress(Unavailable):
        for delivery in freed:
            queue.enqueue_service_run(delivery)


def end(work: Work, status: RunStatus, reason: str | None) -> None:
    """Note the end of a run."""
    with transaction() as session:
        states.end(session, work.job.present, status, reason, work.written, work.answer)


def fail(work: Work, error: Exception) -> None:
    """Note a failure: the end of the run, or a pause before the next try."""
    job, reason = work.job, reason_of(error, work.job)
    with transaction() as session:
        if job.attempt > job.limits.retries or not passing(error):
            states.end(session, job.present, RunStatus.FAILED, reason, work.written, work.answer)
        else:
            line = f"try {job.attempt} failed: {reason}"
            service_runs.add_lines(session, job.run, [(datetime.now(UTC), line)])
            states.put_back(session, job.present, reason, pause_of(error, job), work.written)


def passing(error: Exception) -> bool:
    """Tell whether another try might do better: a refusal stays one."""
    return not isinstance(error, DTBaseError) or isinstance(error, Unavailable | TooMany)


def pause_of(error: Exception, job: Job) -> timedelta:
    """Return how long to wait: as somebody has asked us to, or longer from try to try."""
    pause = job.limits.pause_after(job.attempt)
    if isinstance(error, TooMany) and error.retry_after is not None:
        return max(pause, timedelta(seconds=error.retry_after))
    return pause


def reason_of(error: Exception, job: Job) -> str:
    """Say in one sentence what went wrong."""
    if isinstance(error, DTBaseError):
        return error.detail[:LONGEST_REASON]
    if isinstance(error, TookTooLong):
        return f"it took longer than {job.limits.timeout} s"
    return said_by(error)[:LONGEST_REASON]


def do(work: Work) -> None:
    """Run the service and store what it yields."""
    if work.job.kind == ServiceKind.HTTP:
        call_out(work)
        return
    service = catalogue.get(work.job.service)()
    parameters = parameters_of(service.parameters_model, work.job.parameters)
    yielded = service.run(parameters, work.context)
    for things in pieces(yielded):
        work.store(things)


def call_out(work: Work) -> None:
    """Send the request of an HTTP service, note its answer, and store what it brings."""
    job = work.job
    with transaction() as session:
        row = services.row_of(session, job.service)
        request, secrets = services.request_of(row), services.secrets_of(row)
    assert request is not None
    call = Call(
        request=request,
        secrets={name: value.get_secret_value() for name, value in secrets.items()},
        parameters=job.parameters,
        key=f"service-run-{job.run}",
        timeout=job.limits.timeout,
    )
    answered = http.send(call)
    answer = work.answer = answered.answer
    work.context.log(f"answered {answer.status} in {answer.seconds} s, {answer.bytes} bytes")
    refused = http.refusal(answered)
    if refused is not None:
        raise refused
    things = things_in(answered.body, answer.media_type)
    if things:
        work.store(things)


def parameters_of(model: type[BaseModel], given: dict[str, Any]) -> BaseModel:
    """Read a run's parameters, or name the one that breaks a rule."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        found = error.errors()[0]
        where = ".".join(map(str, ("parameters", *found["loc"])))
        rule = found["msg"].removeprefix("Value error, ")
        raise Invalid(f"{where}: {rule}", field=where) from error


def pieces(yielded: Any) -> Iterator[Sequence[Yielded]]:
    """Yield what belongs into one transaction each: a thing, or a list of things."""
    if yielded is None:
        return
    single = isinstance(yielded, BaseModel | pd.DataFrame) or not isinstance(yielded, Iterable)
    for each in (yielded,) if single else yielded:
        yield each if isinstance(each, list | tuple) else [each]
