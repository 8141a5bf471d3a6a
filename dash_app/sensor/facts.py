"""What a sensor's page shows, asked of the API."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from dash_app.overview.attention import GRAVITY
from dtbase.client import Client
from dtbase.domain.frozen import Frozen
from dtbase.domain.glance.overview import Concern
from dtbase.domain.glance.sensor_now import SensorLine
from dtbase.domain.people.audit import AuditEntry
from dtbase.domain.people.keys import Key
from dtbase.domain.people.users import Role
from dtbase.domain.registry.installations import Installation
from dtbase.domain.registry.sensors import Sensor
from dtbase.domain.registry.series import LatestReading, Series
from dtbase.errors import NotFound

CHANGES = 10
LOOKED_AT = 50
"""Lines of the log, which finds names by a part of them."""


class Coverage(Frozen):
    """How many readings each of the last days has, and how many it should have."""

    first: datetime
    counts: tuple[int, ...]

    @property
    def usual(self) -> float:
        """Return how many readings a day has as a rule."""
        seen = [count for count in self.counts[:-1] if count] or [c for c in self.counts if c]
        return median(seen) if seen else 0

    @property
    def shares(self) -> tuple[float, ...]:
        """Return how full each day is, 0 to 1; today counts as far as it has come."""
        usual = self.usual
        return tuple(min(count / usual, 1.0) if usual else 0.0 for count in self.counts)

    @property
    def began(self) -> int:
        """Return the first day that has readings; before it there is no gap."""
        return next((day for day, count in enumerate(self.counts) if count), len(self.counts))

    @property
    def complete(self) -> float | None:
        """Return the share of readings that came, from the first day on up to yesterday."""
        whole = self.shares[self.began : -1]
        return sum(whole) / len(whole) if whole else None

    @property
    def missing(self) -> list[datetime]:
        """Return the days without a reading after the first one."""
        days = range(self.began, len(self.counts) - 1)
        return [self.first + timedelta(days=day) for day in days if not self.counts[day]]


class Line(Frozen):
    """One series: what was last, the day behind it, and how complete it is."""

    series: Series
    latest: LatestReading | None = None
    day: tuple[float | None, ...] = ()
    coverage: Coverage | None = None
    every: float | None = None
    """Seconds between two readings, as a rule."""

    lately: bool = False
    concern: Concern | None = None
    since: datetime | None = None


class Facts(Frozen):
    """All that the page tells."""

    sensor: Sensor
    now: datetime
    lines: tuple[Line, ...]
    stays: tuple[Installation, ...]
    places: Mapping[str, str]
    keys: tuple[Key, ...]
    changes: tuple[AuditEntry, ...]
    aside: int = 0
    """How many of its readings are set aside."""

    @property
    def last(self) -> datetime | None:
        """Return when the newest reading was."""
        return max((e.latest.time for e in self.lines if e.latest and e.latest.time), default=None)

    @property
    def worst(self) -> Line | None:
        """Return the line whose trouble is the gravest, judged as Overview judges it."""
        troubled = [each for each in self.lines if each.concern]
        return min(troubled, key=lambda each: GRAVITY[each.concern], default=None)  # type: ignore[index]


def identifier_in(search: str | None) -> str:
    """Return the sensor that an address names."""
    return parse_qs((search or "").removeprefix("?")).get("id", [""])[0]


def facts_of(client: Client, identifier: str, role: Role, zone: ZoneInfo) -> Facts:
    """Ask for everything in two calls, an admin in three, or raise NotFound."""
    if not identifier:
        raise NotFound("the address names no sensor", field="id")
    found = client.glance.sensor(identifier, str(zone))
    keys = client.keys.list(writes_to=identifier)
    changed: Sequence[AuditEntry] = ()
    if role is Role.ADMIN:
        changed = client.audit.page(limit=LOOKED_AT, noun="sensor", name=identifier).items
    first = found.first_day.astimezone(zone)  # whose clock counts the days
    return Facts(
        sensor=found.sensor,
        now=found.at,
        lines=tuple(line_of(each, first) for each in found.lines),
        stays=found.stays,
        places=found.places,
        keys=tuple(key for key in keys if key.works_at(found.at)),
        changes=tuple(each for each in changed if each.name == identifier)[:CHANGES],
        aside=found.aside,
    )


def line_of(line: SensorLine, first: datetime) -> Line:
    coverage = Coverage(first=first, counts=line.counts) if line.counts else None
    return Line(
        series=line.series,
        latest=line.latest,
        day=line.day,
        coverage=coverage,
        every=line.every,
        lately=line.lately,
        concern=line.concern,
        since=line.since,
    )
