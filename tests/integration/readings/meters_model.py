"""What levels and meters come to, in plain Python: minute by minute, and rule by rule."""

from collections import defaultdict
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from dtbase.domain.registry.statistics import Options, Statistic
from tests.integration.readings.model import Readings, bucket_start

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


class Step(NamedTuple):
    """From one time to another something was counted, or a value held."""

    start: datetime
    end: datetime
    amount: float


class Bucket(NamedTuple):
    """What a bucket comes to."""

    amount: float
    hours: float
    values: tuple[float, ...]


def level_steps(readings: Readings, options: Options | None, now: datetime) -> list[Step]:
    """Return how long each value holds; its amount is value times hours."""
    rules = options or Options.model_construct()
    holds = rules.longest
    times = sorted(readings)
    steps = []
    last = max(min(now, times[-1] + rules.newest), times[-1]) if times else now
    for time, following in zip(times, [*times[1:], last], strict=True) if times else []:
        end = min(following, time + holds)
        steps.append(Step(time, end, readings[time] * ((end - time) / HOUR)))
    return steps


def net_steps(readings: Readings, options: Options | None) -> list[Step]:
    rules = options or Options.model_construct()
    first = {times[0] for times in between_resets(readings, rules)}
    return [
        Step(a, b, readings[b] - (0 if b in first else readings[a]))
        for a, b in pairwise(sorted(readings))
    ]


def counter_steps(readings: Readings, options: Options | None) -> list[Step]:
    """Return what was counted between the readings that none after them takes back."""
    rules = options or Options.model_construct()
    steps: list[Step] = []
    before: datetime | None = None
    for times in between_resets(readings, rules):
        taken = taken_back([(time, readings[time]) for time in times], rules)
        kept = [time for place, time in enumerate(times) if place not in taken]
        if before is not None:
            hours = (kept[0] - before) / HOUR
            stand = readings[kept[0]]
            too_much = stand < 0 or (rules.rate is not None and stand > rules.rate * hours)
            steps.append(Step(before, kept[0], 0.0 if too_much else stand))
        steps += [
            Step(a, b, counted(readings[a], readings[b], (b - a) / HOUR, rules))
            for a, b in pairwise(kept)
        ]
        before = kept[-1]
    return steps


def between_resets(readings: Readings, rules: Options) -> list[list[datetime]]:
    """Cut times where a counter was set to zero: as is said, or about midnight somewhere."""
    times = sorted(readings)
    resets = list(rules.resets or ())
    if rules.restarts and times:
        day = (times[0] - timedelta(days=1)).astimezone(ZoneInfo(rules.timezone or "UTC"))
        while day < times[-1] + timedelta(days=2):
            day = (day + timedelta(days=1)).replace(hour=0, minute=0)
            resets.append(fallen_about(readings, times, day))
    sides: dict[int, list[datetime]] = defaultdict(list)
    for time in times:
        sides[sum(reset <= time for reset in resets)].append(time)
    return [sides[number] for number in sorted(sides)]


def fallen_about(readings: Readings, times: list[datetime], midnight: datetime) -> datetime:
    """Return when a stand fell within an hour of a time, also by the reading after it, or it."""
    for before, after in pairwise(times):
        near = midnight - HOUR < after and (after <= midnight + HOUR or before <= midnight + HOUR)
        if near and abs(readings[after]) < abs(readings[before]) / 2:
            return after
    return midnight


def counted(before: float, after: float, hours: float, rules: Options) -> float:
    """Return what a step counts."""
    most = float("inf") if rules.rate is None else rules.rate * hours
    if after >= before:
        return after - before if after - before <= most else 0.0
    if before - after <= (rules.dip or 0):
        return after - before
    top = rules.modulus
    if top is not None and before <= top and after >= 0:
        over = top - before + after
        limit = top / 2 if rules.rate is None else most
        if 0 <= over <= limit:
            return over
    if after < 0:
        return 0.0
    anew = after < before / 2 if rules.rate is None else after <= most
    return after if anew else 0.0


def taken_back(points: list[tuple[datetime, float]], rules: Options) -> set[int]:
    """Return the places of slips: falls that are made good soon, and rises past belief."""
    falls = between_all(points, rules, fall_of)
    if rules.rate is None:
        return falls | misread(points, rules, falls)
    left = [place for place in range(len(points)) if place not in falls]
    rises = between_all([points[place] for place in left], rules, rise_of)
    return falls | {left[place] for place in rises}


def misread(points: list[tuple[datetime, float]], rules: Options, falls: set[int]) -> set[int]:
    """Return the places of readings of which no slip tells, twice as high as those around them."""
    found: set[int] = set()
    for place in range(len(points) - 1):
        later = misread_until(points, place, rules)
        if later is not None and not falls & {*range(place, later + 1)}:
            found |= {*range(place + 1, later)}
    return found


def between_all(
    points: list[tuple[datetime, float]],
    rules: Options,
    end_of: Callable[[list[tuple[datetime, float]], int, Options], int | None],
) -> set[int]:
    """Return the places between each reading and the one that takes back what follows it."""
    found: set[int] = set()
    for place in range(len(points) - 1):
        later = end_of(points, place, rules)
        if later is not None:
            found |= {*range(place + 1, later)}
    return found


def soon(points: list[tuple[datetime, float]], place: int, *, zeros: bool = True) -> list[int]:
    """Return the places of the readings that can take back what follows another."""
    within = [
        at for at in range(place + 2, len(points)) if points[at][0] <= points[place][0] + HOUR
    ]
    few = [at for at in range(place + 2, len(points)) if at <= place + 4]
    if not zeros:
        return sorted({*within, *few})
    night: list[int] = []
    for at in range(place + 1, len(points)):
        if points[at][0] > points[place][0] + 720 * HOUR:
            break
        if points[at][1] != 0:
            night = [*range(place + 2, at + 1)] if at > place + 1 else []
            break
    return sorted({*within, *few, *night})


def fall_of(points: list[tuple[datetime, float]], place: int, rules: Options) -> int | None:
    stood = points[place][1]
    if points[place + 1][1] >= stood:
        return None
    for later in soon(points, place):
        if points[later][1] >= stood - (rules.dip or 0):
            return later if is_slip(points, place, later, rules) else None
    return None


def rise_of(points: list[tuple[datetime, float]], place: int, rules: Options) -> int | None:
    stood = points[place][1]
    if rules.rate is None or points[place + 1][1] - stood <= rules.rate * gap(
        points, place, place + 1
    ):
        return None
    for later in soon(points, place, zeros=False):
        if -(rules.dip or 0) <= points[later][1] - stood <= rules.rate * gap(points, place, later):
            return later
    return None


def misread_until(points: list[tuple[datetime, float]], place: int, rules: Options) -> int | None:
    """Return the first reading after twice a stand or more, if it is close to that stand."""
    stood = points[place][1]
    if stood <= 0 or points[place + 1][1] < 2 * stood:
        return None
    for later in soon(points, place, zeros=False):
        if points[later][1] < 2 * stood:
            near = stood - (rules.dip or 0) <= points[later][1] <= 1.1 * stood
            return later if near else None
    return None


def gap(points: list[tuple[datetime, float]], first: int, last: int) -> float:
    return (points[last][0] - points[first][0]) / HOUR


def is_slip(points: list[tuple[datetime, float]], place: int, later: int, rules: Options) -> bool:
    stood, after = points[place][1], points[place + 1][1]
    jump = points[later][1] - points[later - 1][1]
    if jump <= (stood - after) / 2:
        return False
    if rules.rate is not None:
        if points[later][1] - stood > rules.rate * gap(points, place, later):
            return False
        return after >= stood / 2 or jump > rules.rate * gap(points, later - 1, later)
    if rules.modulus is None:
        return True
    over = rules.modulus - stood + after
    fits = stood <= rules.modulus and after >= 0 and 0 <= over <= rules.modulus / 2
    return not fits or jump > rules.modulus / 2


def shared(
    steps: list[Step],
    values: Readings,
    span: tuple[datetime, datetime],
    bucket: str,
    zone: ZoneInfo,
) -> dict[datetime, Bucket]:
    """Share steps out over the minutes that they span, and these over buckets."""
    amounts: dict[datetime, float] = defaultdict(float)
    minutes: dict[datetime, int] = defaultdict(int)
    held: dict[datetime, set[float]] = defaultdict(set)
    for step in steps:
        count = (step.end - step.start) // MINUTE
        time = max(step.start, span[0])
        while time < min(step.end, span[1]):
            start = bucket_start(time, bucket, zone)
            amounts[start] += step.amount / count
            minutes[start] += 1
            held[start].add(values[step.start])
            time += MINUTE
    return {
        start: Bucket(amounts[start], minutes[start] / 60, (*held[start],)) for start in amounts
    }


def steps_of(
    readings: Readings, statistic: Statistic, options: Options | None, now: datetime
) -> list[Step]:
    match statistic:
        case Statistic.LEVEL:
            return level_steps(readings, options, now)
        case Statistic.NET:
            return net_steps(readings, options)
        case _:
            return counter_steps(readings, options)


def states(
    held: dict[datetime, str],
    span: tuple[datetime, datetime],
    bucket: str,
    zone: ZoneInfo,
    holds: timedelta,
) -> dict[datetime, dict[str, object]]:
    """Return for each bucket the time in each state, the changes, the last, the readings."""
    found: dict[datetime, dict[str, object]] = {}
    times = sorted(held)
    ends = [*times[1:], max(span[1], times[-1])]
    for time, end in zip(times, ends, strict=True):
        at = max(time, span[0])
        while at < min(end, time + holds, span[1]):
            answer = found.setdefault(bucket_start(at, bucket, zone), fresh())
            name = f"time:{held[time]}"
            answer[name] = answer.get(name, 0.0) + 60.0  # type: ignore[operator]
            answer["last"] = held[time]
            at += MINUTE
    for place, time in enumerate(times):
        if span[0] <= time < span[1]:
            answer = found.setdefault(bucket_start(time, bucket, zone), fresh())
            answer["count"] += 1  # type: ignore[operator]
            answer["changes"] += place > 0 and held[times[place - 1]] != held[time]  # type: ignore[operator]
    return found


def fresh() -> dict[str, object]:
    return {"changes": 0.0, "count": 0.0, "last": None}
