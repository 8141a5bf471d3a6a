"""Carrying out a run of a service: it ends succeeded, failed or cancelled, or waits for a retry."""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from dtbase import queue
from dtbase.domain.forecasts.runs import RunStatus
from dtbase.domain.names import Parameters
from dtbase.domain.services.service_runs import HttpAnswer, Written
from dtbase.domain.services.services import ServiceKind
from dtbase.errors import Invalid, TooMany, Unavailable
from dtbase.services import Cancelled, Yielded
from dtbase.storage.database import transaction
from dtbase.storage.services import assignments, kept_parameters, run_locks, service_runs, services
from dtbase.storage.services import service_run_states as states
from dtbase.storage.services.assignments import Assignment, Try
from jobs.services import catalogue
from jobs.services.context import RunContext
from jobs.services.failures import may_pass, reason_of, traceback_of
from jobs.services.frames import is_of_pandas
from jobs.services.outages import outlast
from jobs.services.redaction import Redact
from jobs.services.sharing import carried
from jobs.services.timeouts import at_most
from jobs.services.writing import Origins, registers, write

logger = logging.getLogger("jobs.services")

MOST_PENDING = 100
"""Things of the registry that wait for what comes next: a reader sees them, at some cost."""

SINGLE = (BaseModel, np.ndarray, Mapping, str, bytes)
"""What is one thing, known or not, though one could go through it."""


class Work:
    """One try of a run, and what has come of it so far."""

    def __init__(self, assigned: Assignment, now: datetime) -> None:
        self.assigned = assigned
        self.pending: list[Yielded] = []
        self.redact = Redact()
        self.context = RunContext(assigned.present, now, self.reading, self.redact)
        self.origins = Origins(assigned.service, assigned.run)
        self.written = Written()
        self.answer: HttpAnswer | None = None

    def opened(self) -> Parameters:
        """Return the parameters with their secrets, which nobody is told from now on."""
        parameters = kept_parameters.whole(self.assigned.kept)
        self.redact.hide(kept_parameters.words_of(self.assigned.kept))
        return parameters

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Read what is stored, and what this run has registered so far."""
        with transaction() as session:
            if not self.pending:
                yield session
                return
            with session.begin_nested() as seen:
                write(session, self.pending, self.origins)
                yield session
                seen.rollback()

    def store(self, things: Sequence[Yielded]) -> None:
        """Store what was yielded in one transaction, then see whether to go on.

        What is only registered waits for what comes next, so that a failure leaves none of it.
        """
        self.pending += things
        if len(self.pending) > MOST_PENDING or not all(registers(thing) for thing in things):
            self.store_pending()
        self.context.check()

    def store_pending(self) -> None:
        """Store what waits in one transaction."""
        if not self.pending:
            return
        with transaction() as session:
            written = write(session, self.pending, self.origins)
        self.pending.clear()
        self.written = self.written.plus(written)


def attend(run_id: int, now: datetime | None = None) -> None:
    """Carry out a run, unless another process is at it; without the database it goes on waiting."""
    try:
        outlast(lambda: carry_out(run_id, now))
    except Unavailable as error:
        logger.warning("run %s goes on waiting: %s", run_id, error)


def carry_out(run_id: int, now: datetime | None) -> None:
    """Carry out a run if nobody else is at it."""
    with states.begun(run_id, carried()) as assigned:
        if assigned is not None:
            try_it(Work(assigned, now or datetime.now(UTC)))


def rehearse() -> None:
    """Build the statements that every run needs, so that each fork finds them built."""
    with states.begun(0), transaction() as session:
        states.start(session, 0)
        states.wanted(session, Try(0, 0))
        states.pulse(session, Try(0, 0), None, None, None)
        states.end(session, Try(0, 0), RunStatus.SUCCEEDED, None, Written())
        service_runs.deliveries(session, [0])
    assignments.succeed(Try(0, 0), Written())


def try_it(work: Work) -> None:
    """Do the work once, and say how it ended."""
    try:
        with at_most(work.assigned.limits.timeout):
            do(work)
    except Cancelled:
        conclude(work, lambda: end(work, RunStatus.CANCELLED, states.CANCELLED))
    except Exception as error:
        told = None if work.redact.forms else error
        logger.info("run %s of %s failed", work.assigned.run, work.assigned.service, exc_info=told)
        work.context.note(traceback_of(error))
        problem = error
        conclude(work, lambda: fail(work, problem))
    else:
        conclude(work, lambda: succeed(work))


def conclude(work: Work, finish: Callable[[], None]) -> None:
    """Write down the end, with the rest of the log; then let another run go that waits for it.

    If the database stays away, the scheduler ends the try when it is back.
    """
    try:
        outlast(finish)
        if work.assigned.limits.concurrency is not None:
            let_go(work.assigned.service_id)
    except Unavailable as error:
        logger.warning("the end of run %s is not noted: %s", work.assigned.run, error)


def let_go(service_id: int) -> None:
    """Queue the runs for which a service has room again."""
    with transaction() as session:
        freed = service_runs.deliveries(session, states.let_go(session, service_id))
    queue.offer(freed)


def succeed(work: Work) -> None:
    """Note that a run has succeeded: in one statement, unless there are lines or an answer, too."""
    alone, told = work.answer is None and not work.context.has_lines, work.context.told
    if not (alone and assignments.succeed(work.assigned.present, work.written, told)):
        end(work, RunStatus.SUCCEEDED, None)


def end(work: Work, status: RunStatus, reason: str | None) -> None:
    """Note the end of a run."""
    with transaction() as session:
        work.context.write(session)
        states.end(session, work.assigned.present, status, reason, work.written, work.answer)


def fail(work: Work, error: Exception) -> None:
    """Note a failure: the end of the run, a pause before the next try, or an outage."""
    assigned = work.assigned
    if run_locks.lost(assigned.run):
        lose(work)
        return
    asked = error.retry_after if isinstance(error, TooMany) else None
    again_after = timedelta(seconds=asked or 0) if may_pass(error) else None
    reason = work.redact(reason_of(error))
    with transaction() as session:
        work.context.write(session)
        states.fail(session, assigned, reason, again_after, work.written, work.answer)


def lose(work: Work) -> None:
    """Queue a run anew whose connection an outage took: at once for the first time."""
    assigned = work.assigned
    with transaction() as session:
        work.context.write(session)
        states.lose(session, assigned)
        again = service_runs.deliveries(session, [assigned.run] if assigned.outages == 0 else [])
    queue.offer(again)


def do(work: Work) -> None:
    """Run the service and store what it yields."""
    if work.assigned.kind == ServiceKind.HTTP:
        call_out(work)
        return
    service = catalogue.get(work.assigned.service)()
    parameters = parameters_of(service.parameters_model, work.opened())
    yielded = service.run(parameters, work.context)
    for things in pieces(yielded):
        work.store(things)
    work.store_pending()


def call_out(work: Work) -> None:
    """Send the request of an HTTP service, note its answer, and store what it brings."""
    from jobs.services import http
    from jobs.services.answers import things_in

    assigned = work.assigned
    with transaction() as session:
        row = services.row_of(session, assigned.service)
        request, secrets = services.request_of(row), services.secrets_of(row)
    assert request is not None
    call = http.Call(
        request=request,
        secrets={name: value.get_secret_value() for name, value in secrets.items()},
        parameters=work.opened(),
        key=f"service-run-{assigned.run}",
        timeout=assigned.limits.timeout,
    )
    answered = http.send(call)
    answer = answered.answer
    work.answer = answer.model_copy(update={"body": work.redact(answer.body)})
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
    single = isinstance(yielded, SINGLE) or is_of_pandas(yielded)
    single = single or not isinstance(yielded, Iterable)
    for each in (yielded,) if single else yielded:
        yield each if isinstance(each, list | tuple) else [each]
