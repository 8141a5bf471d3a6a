"""Schedules: when a service runs without anyone asking."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from itertools import takewhile
from typing import Annotated, Any, ClassVar, Literal, Self

from cronsim import CronSim
from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator

from dtbase.domain.changes import Change
from dtbase.domain.flags import Flag
from dtbase.domain.frozen import Frozen
from dtbase.domain.lengths import every
from dtbase.domain.names import Identifier, Parameters, Stripped
from dtbase.domain.numbers import A_NUMBER
from dtbase.domain.paging import Page, SearchText
from dtbase.domain.registry.installations import Instant
from dtbase.domain.services.cron import check_cron, cron_in_words
from dtbase.domain.timeranges import zone
from dtbase.errors import Invalid

SHORTEST = timedelta(seconds=10)
LONGEST = timedelta(days=366)
LATE = timedelta(minutes=2)
"""A tick that nobody took for so long after it was due is a missed one."""

WINDOWS = tuple(timedelta(days=days) for days in (0.05, 2, 35, 370, 8 * 366))
"""How far back to look for the newest tick; 29 February comes every eight years at the worst."""


class Missed(StrEnum):
    """What becomes of ticks at which no scheduler was there."""

    SKIP = "skip"
    ONCE = "once"


def check_zone(name: str) -> str:
    """Refuse what is no time zone."""
    try:
        zone(name)
    except Invalid as error:
        raise ValueError(error.detail) from error
    return name


Cron = Annotated[
    str,
    Stripped(max_length=200, pattern=r"^[^\x00]*$"),
    AfterValidator(check_cron),
]
ZoneName = Annotated[str, StringConstraints(max_length=100), AfterValidator(check_zone)]
Interval = Annotated[timedelta, Field(ge=SHORTEST, le=LONGEST)]
Jitter = Annotated[int, Field(ge=0, le=86_400), A_NUMBER]

EXAMPLE: dict[str, Any] = {
    "name": "demo-forecasts",
    "service": "replay-demo",
    "parameters": {"forecasts": True},
    "cron": "5 */6 * * *",
    "timezone": "America/New_York",
}


class NewSchedule(Frozen):
    """When to run a service: by cron on the clocks of a zone, or every so often."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    name: Identifier
    service: Identifier
    parameter_set: Identifier | None = None
    parameters: Parameters = Field({}, description="They win over those of the set.")
    cron: Cron | None = Field(None, description="Minute, hour, day, month, weekday.")
    every: Interval | None = Field(None, description="An ISO 8601 duration such as PT15M.")
    start: Instant | None = Field(
        None, description="The first tick of an interval; by default when it is added."
    )
    timezone: ZoneName = Field("UTC", description="Whose clocks cron goes by.")
    missed: Missed = Missed.ONCE
    jitter: Jitter = Field(0, description="Each tick is late by up to so many seconds.")
    enabled: Flag = True

    @model_validator(mode="after")
    def check_timing(self) -> Self:
        """Refuse none or both of cron and interval, and a jitter that outlasts the interval."""
        if (self.cron is None) == (self.every is None):
            raise ValueError("give either cron or every")
        if self.every is not None and timedelta(seconds=self.jitter) >= self.every:
            raise ValueError("jitter must be shorter than every")
        if self.cron is not None and self.start is not None:
            raise ValueError("start goes with every; cron needs none")
        return self

    @property
    def in_words(self) -> str:
        """Return when it runs, as people say it; cron's own sign stands beside its words."""
        if self.every is not None:
            return every(self.every)
        assert self.cron is not None
        return f"{cron_in_words(self.cron)}, {self.timezone} ({self.cron})"

    def following(self, moment: datetime) -> datetime | None:
        """Return the first tick after a moment, in UTC; None if there never is one."""
        return next(self.ticks(moment), None)

    def ticks(self, after: datetime) -> Iterator[datetime]:
        """Yield the ticks after a moment, in UTC.

        Cron follows Debian's: what the clocks skip in spring runs right after, what they show
        twice in autumn runs once, and what runs every hour or minute goes by elapsed time.
        """
        return self.of_cron(after) if self.cron is not None else self.of_interval(after)

    def of_cron(self, after: datetime) -> Iterator[datetime]:
        """Yield the ticks of the cron expression, each later than the one before."""
        assert self.cron is not None
        last = after
        for local in CronSim(self.cron, after.astimezone(zone(self.timezone))):
            tick = local.astimezone(UTC)
            if tick > last:
                yield tick
                last = tick

    def of_interval(self, after: datetime) -> Iterator[datetime]:
        """Yield the ticks of the interval."""
        assert self.every is not None
        first = after if self.start is None else self.start
        passed = max((after - first) // self.every + 1, 0)
        while True:
            yield first.astimezone(UTC) + passed * self.every
            passed += 1

    def newest(self, first: datetime, now: datetime) -> datetime:
        """Return the newest tick up to now; the first one is known."""
        for window in WINDOWS:
            start = max(first, now - window)
            seen = list(takewhile(lambda tick: tick <= now, self.ticks(start)))
            if seen:
                return seen[-1]
            if start == first:
                return first
        return first

    def lateness(self, tick: datetime) -> timedelta:
        """Return by how much jitter delays a tick; every scheduler says the same."""
        if not self.jitter:
            return timedelta(0)
        drawn = sha256(f"{self.name} {tick.timestamp():.0f}".encode()).digest()
        return timedelta(seconds=int.from_bytes(drawn[:4]) % (self.jitter + 1))


OWN = (
    NewSchedule(
        name="refresh-aggregates", service="refresh-aggregates", every=timedelta(minutes=1)
    ),
    NewSchedule(name="score", service="score", every=timedelta(minutes=10)),
    NewSchedule(name="maintain-storage", service="maintain-storage", cron="0 3 * * *"),
)
"""What every twin needs: aggregates each minute, scores, upkeep at night."""


class Schedule(NewSchedule):
    """A stored schedule: when it is due next, when it last was, and the run of that."""

    unversioned: ClassVar[frozenset[str]] = frozenset({"next_at", "last_at", "last_run"})

    next_at: datetime | None
    last_at: datetime | None
    last_run: int | None

    @property
    def definition(self) -> NewSchedule:
        """Return what people have said about it, without what it has done."""
        return NewSchedule(**self.model_dump(exclude=set(self.unversioned)))


class ScheduleChange(Change):
    """What to change about a schedule; its next tick is found anew."""

    clearable: ClassVar[frozenset[str]] = frozenset({"parameter_set", "cron", "every", "start"})
    example: ClassVar[dict[str, Any]] = {"enabled": False}

    name: Identifier | None = None
    service: Identifier | None = None
    parameter_set: Identifier | None = None
    parameters: Parameters | None = None
    cron: Cron | None = None
    every: Interval | None = None
    start: Instant | None = None
    timezone: ZoneName | None = None
    missed: Missed | None = None
    jitter: Jitter | None = None
    enabled: Flag | None = None


class ScheduleQuery(Page):
    """Which schedules to list."""

    service: Identifier | None = None
    enabled: bool | None = None
    search: SearchText | None = Field(None, description="A part of the name.")
    sort: Literal["name", "-name"] = "name"
