"""Schedules: jobs that run again and again."""

from datetime import datetime, timedelta

from pydantic import Field, JsonValue

from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier


class NewSchedule(Frozen):
    """What is needed to have a job run every so often; the first time is `next_at`."""

    name: Identifier
    job: str
    parameters: dict[str, JsonValue] = {}
    every: timedelta = Field(gt=timedelta(0))
    next_at: datetime


class Schedule(NewSchedule):
    """A stored schedule; `next_at` is when it is due, `last_at` when it was last queued."""

    id: int
    enabled: bool
    last_at: datetime | None

    def following(self, now: datetime) -> datetime:
        """Return the first tick after now, so that missed ticks count once."""
        missed = max((now - self.next_at) // self.every, 0)
        return self.next_at + (missed + 1) * self.every
