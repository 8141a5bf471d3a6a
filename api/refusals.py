"""Keeping what was refused to API keys, off the request's path and for an hour.

Only of a key whose secret was good is anything kept, so that strangers fill nothing; and of each
key at most so many kinds of refusals, in this process until they are handed on, and in Redis.
"""

import logging
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from threading import Lock

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from redis.exceptions import RedisError

from api.errors import invalid_of
from api.threads import BackgroundThread
from dtbase import queue
from dtbase.domain.people.keys import Key
from dtbase.domain.people.refusals import MOST, SET_ASIDE, Refusal, gathered
from dtbase.domain.people.remedies import remedy_of
from dtbase.domain.readings.readings import IngestCounts
from dtbase.errors import DTBaseError, Unavailable

logger = logging.getLogger(__name__)

KEPT_FOR = 60 * 60
"""Seconds after the last refusal of a key until all of them are forgotten."""

PAUSE = 1.0
"""Seconds in which further refusals may come, so that one write serves many."""

LONGEST = 400
"""Characters of a detail that are kept."""


class Refusals:
    """What was refused to keys lately."""

    def __init__(self) -> None:
        """Prepare the thread, which the application starts."""
        self._noted: defaultdict[str, Sequence[Refusal]] = defaultdict(tuple)
        self._lock = Lock()
        self.thread = BackgroundThread("refusals", self.store, pause=PAUSE)

    def note(self, key: Key, refusal: Refusal) -> None:
        with self._lock:
            self._noted[name_of(key)] = gathered((*self._noted[name_of(key)], refusal))
        self.thread.wake()

    def taken(self) -> dict[str, Sequence[Refusal]]:
        """Return what was noted, and start again from nothing."""
        with self._lock:
            noted, self._noted = dict(self._noted), defaultdict(tuple)
        return noted

    def store(self) -> None:
        """Hand on what was noted; a Redis that is away loses it, which harms nobody."""
        for name, refusals in self.taken().items():
            try:
                with queue.connect().pipeline(transaction=True) as pipe:
                    pipe.lpush(name, *(each.model_dump_json() for each in reversed(refusals)))
                    pipe.ltrim(name, 0, MOST - 1)
                    pipe.expire(name, KEPT_FOR)
                    pipe.execute()
            except RedisError as error:
                logger.warning("%s refusals of a key are lost: %s", len(refusals), error)

    def of(self, key: Key) -> Sequence[Refusal]:
        """Return what was refused to a key lately, the last one first."""
        self.store()
        try:
            kept = queue.connect().lrange(name_of(key), 0, MOST - 1)
        except RedisError as error:
            raise Unavailable("what was refused is kept in Redis, which is away") from error
        assert isinstance(kept, list)
        return gathered(Refusal.model_validate_json(each) for each in kept)


def name_of(key: Key) -> str:
    """Name a key in Redis; one that has the same number in another twin's life is another one."""
    return f"dtbase:refusals:{key.id}:{key.created_at.timestamp():.0f}"


def refusal_of(request: Request, error: Exception) -> Refusal:
    """Return what an error says to whoever came by a key."""
    refused = invalid_of(request, error) if isinstance(error, RequestValidationError) else error
    assert isinstance(refused, DTBaseError)
    return Refusal(
        at=datetime.now(UTC),
        request=asked(request),
        code=refused.code,
        field=refused.violations[0]["field"] if refused.violations else None,
        detail=refused.detail[:LONGEST],
        remedy=remedy_of(refused),
    )


def set_aside(request: Request, counts: IngestCounts) -> Refusal:
    """Return what became of readings that were taken and are not believed."""
    rules = ", ".join(f"{count} by {rule}" for rule, count in counts.set_aside.items())
    return Refusal(
        at=datetime.now(UTC),
        request=asked(request),
        code=SET_ASIDE,
        field=", ".join(counts.set_aside),
        detail=f"{counts.aside} of {counts.received} readings are set aside: {rules}"[:LONGEST],
        remedy="They are kept; the page Quality shows each, and why, and takes them in.",
    )


def asked(request: Request) -> str:
    return f"{request.method} {request.url.path}"[:LONGEST]
