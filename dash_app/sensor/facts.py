"""What a sensor's page shows, asked of the API."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from dtbase.client import Client
from dtbase.domain.frozen import Frozen
from dtbase.domain.people.audit import AuditEntry
from dtbase.domain.people.keys import Key, Scope
from dtbase.domain.people.users import Role
from dtbase.domain.readings.readings import SeriesValues
from dtbase.domain.readings.set_aside import AsideFilter
from dtbase.domain.registry.installations import Installation
from dtbase.domain.registry.measures import Datatype
from dtbase.domain.registry.sensors import Sensor
from dtbase.domain.registry.series import LatestReading, Series
from dtbase.errors import NotFound

DAYS = 90
HOURS = 24
DAY_SECONDS = 86_400
CHANGES = 10
NUMBERS = {Datatype.FLOAT, Datatype.INTEGER}


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


def identifier_in(search: str | None) -> str:
    """Return the sensor that an address names."""
    return parse_qs((search or "").removeprefix("?")).get("id", [""])[0]


def gather(client: Client, identifier: str, role: Role, zone: ZoneInfo) -> Facts:
    """Ask for everything, or raise NotFound."""
    if not identifier:
        raise NotFound("the address names no sensor", field="id")
    now = datetime.now(UTC)
    sensor = client.sensors.get(identifier)
    audit = client.audit.list(noun="sensor", name=identifier) if role is Role.ADMIN else []
    mine = [entry for entry in audit if entry.name == identifier]
    return Facts(
        sensor=sensor,
        now=now,
        lines=tuple(lines_of(client, identifier, now, zone)),
        stays=tuple(client.installations.list(sensor=identifier, sort="-since")),
        places={place.identifier: place.name for place in client.locations.list()},
        keys=tuple(key for key in client.keys.list() if writes_to(key, identifier, now)),
        changes=tuple(mine[:CHANGES]),
        aside=client.set_aside.counts(AsideFilter(sensor=identifier)).readings,
    )


def lines_of(client: Client, identifier: str, now: datetime, zone: ZoneInfo) -> list[Line]:
    """Return the sensor's series with what their rows show: three calls, however many there are."""
    catalogue = client.series.list(sensor=identifier)
    latest = {each.measure: each for each in client.series.latest(sensor=identifier)}
    known = [each for each in catalogue if (one := latest.get(each.measure)) and one.time]
    numbers = [str(each.key) for each in known if each.datatype in NUMBERS]
    hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    first = today - timedelta(days=DAYS - 1)
    day, counts = {}, {}
    if numbers:
        answer = client.readings.query(numbers, hour - timedelta(hours=HOURS), hour, bucket="1h")
        day = {values.measure: values for values in answer.series}
    if known:
        names = [str(each.key) for each in known]
        counted = client.readings.query(
            names,
            first,
            today + timedelta(days=1),
            bucket="1d",
            aggregates=["count"],
            timezone=str(zone),
        )
        counts = {values.measure: values for values in counted.series}
    return [
        Line(
            series=each,
            latest=latest.get(each.measure),
            day=placed(day.get(each.measure), hour - timedelta(hours=HOURS)),
            coverage=coverage(counts.get(each.measure), first, zone),
        )
        for each in catalogue
    ]


def placed(values: SeriesValues | None, start: datetime) -> tuple[float | None, ...]:
    """Return the mean of each of the last hours, none where nothing was measured."""
    found: list[float | None] = [None] * HOURS
    for time, value in zip(*timed(values), strict=True):
        place = int((time - start) / timedelta(hours=1))
        if 0 <= place < HOURS and isinstance(value, int | float):
            found[place] = float(value)
    return tuple(found) if values is not None else ()


def coverage(values: SeriesValues | None, first: datetime, zone: ZoneInfo) -> Coverage | None:
    """Return how many readings each of the last days has."""
    if values is None:
        return None
    found = [0] * DAYS
    for time, value in zip(*timed(values), strict=True):
        place = (time.astimezone(zone).date() - first.date()).days
        if 0 <= place < DAYS and isinstance(value, int | float):
            found[place] = int(value)
    return Coverage(first=first, counts=tuple(found))


def timed(values: SeriesValues | None) -> tuple[Sequence[datetime], Sequence[object]]:
    """Return the times and the values of the only column that was asked for."""
    if values is None or not values.values:
        return [], []
    column = next(iter(values.values.values()))
    if values.times is not None:
        return values.times, column
    if values.start is None:  # nothing was measured in that time
        return [], []
    step = timedelta(seconds=values.step or 0)
    return [values.start + place * step for place in range(len(column))], column


def writes_to(key: Key, sensor: str, now: datetime) -> bool:
    """Tell whether a key may push readings of a sensor."""
    return key.works_at(now) and key.allows(Scope.READINGS_WRITE) and not key.beyond([sensor])
