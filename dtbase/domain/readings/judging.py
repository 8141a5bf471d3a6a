"""Judging readings: which are set aside and by which rule, and which stay in as suspect."""

import json
import re
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntFlag
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from dtbase.domain.readings.batches import Mask, Times
from dtbase.domain.readings.buckets import aware, naive
from dtbase.domain.readings.set_aside import Rule
from dtbase.domain.registry.measures import Datatype, Statistic
from dtbase.domain.registry.rules import (
    Fastest,
    Flat,
    Gap,
    MeasureRules,
    Range,
    Season,
    Spike,
    span_of,
)
from dtbase.domain.registry.usual_rules import usual_rules

UNSET_CLOCK = (np.datetime64("1970-01-01", "us"), np.datetime64("1970-01-21", "us"))
"""Where seconds since 1970 land that are taken for thousandths or less, and clocks never set."""

UNSET_FROM, UNSET_UNTIL = map(aware, UNSET_CLOCK)


class Mark(IntFlag):
    """What is noted with a reading that stays in; a reading with nothing to note has none."""

    SUSPECT = 1
    FASTEST = 2
    FLAT = 4
    SPIKE = 8
    CLIMATOLOGY = 16
    GAP = 32
    TAKEN_IN = 256
    CORRECTED = 512


ON_ENTRY = Mark.SUSPECT | Mark.FASTEST | Mark.FLAT
SUSPICIOUS = ON_ENTRY | Mark.SPIKE | Mark.CLIMATOLOGY
ALL = SUSPICIOUS | Mark.GAP
"""What rules note; a reading after a silence is none the less good."""

POINTS = (Rule.EARLIEST, Rule.AHEAD, Rule.PLACEHOLDERS, Rule.FAIL)
"""The rules that set aside, by what one reading says: the first one that is broken counts."""

NONE = np.empty(0)
UNBOUNDED = (-np.inf, np.inf)
TURN = 360.0
ROUNDING = 1e-9

LONGEST_KIN = 20
ERRORS = re.compile(r"err(or)?[ :#._-]*[0-9]*|#[a-z0-9/]+[!?]?")
DASHES = re.compile("[-_\N{EN DASH}\N{EM DASH}\N{MINUS SIGN}]+")


@dataclass(frozen=True)
class Judge:
    """The rules of one series, as readings are held against them."""

    fail: tuple[float, float] = UNBOUNDED
    suspect: tuple[float, float] = UNBOUNDED
    numbers: NDArray[np.float64] = field(default_factory=lambda: NONE)
    sorted: tuple[float, ...] = ()
    words: frozenset[str] = frozenset()
    earliest: np.datetime64 | None = None
    unset_clock: bool = False
    ahead: np.timedelta64 | None = None
    fastest: Fastest | None = None
    flat: Flat | None = None
    spike: Spike | None = None
    climatology: tuple[Season, ...] = ()
    gap: Gap | None = None
    circular: bool = False

    @property
    def looks_back(self) -> bool:
        """Tell whether a reading is judged by those before it too."""
        return self.fastest is not None or self.flat is not None

    @property
    def looks_around(self) -> bool:
        """Tell whether a reading is judged by those after it too."""
        return self.spike is not None or self.gap is not None or bool(self.climatology)

    @property
    def evaluates(self) -> bool:
        """Tell whether any rule looks at values at all."""
        bounded = self.fail != UNBOUNDED or self.suspect != UNBOUNDED
        return bounded or bool(len(self.numbers)) or self.looks_back or self.looks_around

    @property
    def look(self) -> timedelta:
        """Return how far back readings are needed to judge one, beyond the one right before it."""
        return timedelta(0) if self.flat is None else span_of(self.flat.lasts)

    def is_word(self, value: object) -> bool:
        """Tell whether a text, or a number that is none, stands for nothing."""
        if value is None or isinstance(value, bool | int | list | dict):
            return False
        return word_of(str(value)) in self.words

    def believes(
        self,
        span: tuple[np.datetime64, np.datetime64],
        bounds: tuple[float, float],
        now: np.datetime64,
    ) -> bool:
        """Tell whether no rule can object to any of some readings, going by their extremes."""
        (first, last), (low, high) = span, bounds
        early = self.earliest is not None and first < self.earliest
        unset = self.unset_clock and first < UNSET_CLOCK[1] and last >= UNSET_CLOCK[0]
        ahead = self.ahead is not None and last > now + self.ahead
        near = bisect_left(self.sorted, low) < bisect_right(self.sorted, high)
        least, most = max(self.fail[0], self.suspect[0]), min(self.fail[1], self.suspect[1])
        return not (early or unset or ahead or near) and least <= low and high <= most

    def believes_one(self, time: datetime, value: float, now: datetime) -> bool:
        """Tell the same of one reading; to go through numpy takes a tenth of a small push."""
        earliest, ahead = self._moments
        early = earliest is not None and time < earliest
        unset = self.unset_clock and UNSET_FROM <= time < UNSET_UNTIL
        late = ahead is not None and time - now > ahead
        near = value in self.sorted
        least, most = max(self.fail[0], self.suspect[0]), min(self.fail[1], self.suspect[1])
        return not (early or unset or late or near) and least <= value <= most

    @cached_property
    def _moments(self) -> tuple[datetime | None, timedelta | None]:
        """Return the bounds of times as they are without numpy."""
        earliest = None if self.earliest is None else aware(self.earliest)
        return earliest, None if self.ahead is None else self.ahead.astype(timedelta)

    def of_times(self, times: Times, now: np.datetime64) -> Sequence[tuple[Rule, Mask]]:
        """Return which times are too early or too far ahead, by rule."""
        if not len(times):
            return ()
        broken = []
        first, last = times.min(), times.max()
        if self.earliest is not None and first < self.earliest:
            broken.append((Rule.EARLIEST, times < self.earliest))
        elif self.unset_clock and first < UNSET_CLOCK[1] and last >= UNSET_CLOCK[0]:
            unset = (times >= UNSET_CLOCK[0]) & (times < UNSET_CLOCK[1])
            broken.append((Rule.EARLIEST, unset))
        if self.ahead is not None and last > now + self.ahead:
            broken.append((Rule.AHEAD, times > now + self.ahead))
        return broken

    def of_values(self, values: NDArray[np.float64]) -> Sequence[tuple[Rule, Mask]]:
        """Return which numbers are set aside, by rule."""
        if not len(values):
            return ()
        low, high = values.min(), values.max()
        broken = []
        if bisect_left(self.sorted, low) < bisect_right(self.sorted, high):
            broken.append((Rule.PLACEHOLDERS, np.isin(values, self.numbers)))
        if low < self.fail[0] or high > self.fail[1]:
            broken.append((Rule.FAIL, (values < self.fail[0]) | (values > self.fail[1])))
        return broken

    def marks(self, values: NDArray[np.float64]) -> NDArray[np.int16] | None:
        """Return what to note with numbers that stay in; None where there is nothing."""
        low, high = self.suspect
        if not len(values) or (low, high) == UNBOUNDED:
            return None
        if values.min() >= low and values.max() <= high:
            return None
        beyond = (values < low) | (values > high)
        return np.where(beyond, np.int16(Mark.SUSPECT), np.int16(0))


def word_of(text: str) -> str:
    """Return a text as one word; what looks like dashes or an error becomes one of these words."""
    word = text.strip().lower()
    if len(word) > LONGEST_KIN or not word:
        return word
    if ERRORS.fullmatch(word):
        return "error"
    return "-" if DASHES.fullmatch(word) else word


def marks_of_run(judge: Judge, times: Times, values: NDArray[np.float64]) -> NDArray[np.int16]:
    """Return which rules make each of some readings in a row suspect."""
    marks = np.zeros(len(values), dtype=np.int16)
    own = judge.marks(values)
    if own is not None:
        marks |= own
    if judge.fastest is not None and len(values) > 1:
        marks[1:][too_fast(judge, judge.fastest, times, values)] |= np.int16(Mark.FASTEST)
    if judge.flat is not None:
        marks[too_flat(judge.flat, times, values)] |= np.int16(Mark.FLAT)
    if judge.spike is not None and len(values) > 2:  # noqa: PLR2004 - it and both its neighbours
        marks[1:-1][spikes(judge, judge.spike, values)] |= np.int16(Mark.SPIKE)
    for season in judge.climatology:
        marks[unusual(season, times, values)] |= np.int16(Mark.CLIMATOLOGY)
    if judge.gap is not None and len(values) > 1:
        silent = np.diff(times) > microseconds(span_of(judge.gap.lasts))
        marks[1:][silent] |= np.int16(Mark.GAP)
    return marks


def spikes(judge: Judge, spike: Spike, values: NDArray[np.float64]) -> Mask:
    """Tell which readings but the first and the last lie too far from both their neighbours."""
    before, after = values[:-2] - values[1:-1], values[2:] - values[1:-1]
    if judge.circular:
        before, after = ((each + TURN / 2) % TURN - TURN / 2 for each in (before, after))
    return np.asarray(np.abs(before + after) / 2 > spike.above * (1 + ROUNDING))


def unusual(season: Season, times: Times, values: NDArray[np.float64]) -> Mask:
    """Tell which readings lie outside what is usual in their month."""
    months = times.astype("datetime64[M]").astype(np.int64) % 12 + 1
    low, high = bounds_of(season)
    return np.asarray(np.isin(months, season.months) & ((values < low) | (values > high)))


def too_fast(judge: Judge, fastest: Fastest, times: Times, values: NDArray[np.float64]) -> Mask:
    """Tell which readings but the first differ too much from the one before."""
    change = np.abs(np.diff(values))
    if judge.circular:
        change = np.minimum(change % TURN, TURN - change % TURN)
    shares = np.diff(times) / microseconds(span_of(fastest.per))
    return np.asarray(change > fastest.change * shares * (1 + ROUNDING))


def too_flat(flat: Flat, times: Times, values: NDArray[np.float64]) -> Mask:
    """Tell which readings end a stretch in which the value has not moved for too long."""
    lasts, found = microseconds(span_of(flat.lasts)), np.zeros(len(values), dtype=bool)
    start = 0
    lows: deque[int] = deque()
    highs: deque[int] = deque()
    for place, value in enumerate(values.tolist()):
        while lows and values[lows[-1]] >= value:
            lows.pop()
        while highs and values[highs[-1]] <= value:
            highs.pop()
        lows.append(place)
        highs.append(place)
        while values[highs[0]] - values[lows[0]] > flat.tolerance:
            start += 1
            if lows[0] < start:
                lows.popleft()
            if highs[0] < start:
                highs.popleft()
        found[place] = times[place] - times[start] >= lasts
    return found


def first_broken(broken: Sequence[tuple[Rule, Mask]]) -> Sequence[tuple[Rule, Mask]]:
    """Count each reading once, for the first rule that it breaks; leave out rules without any."""
    found: list[tuple[Rule, Mask]] = []
    taken: Mask | None = None
    for rule, mask in broken:
        own = mask if taken is None else mask & ~taken
        taken = mask if taken is None else taken | mask
        if own.any():
            found.append((rule, own))
    return found


@lru_cache(maxsize=4_096)
def judge_of(
    name: str, unit: str | None, datatype: Datatype, statistic: Statistic, said: str | None
) -> Judge:
    """Return the judge of a series: the usual rules of its measure, and what is said instead."""
    own = MeasureRules.model_validate(json.loads(said)) if said else MeasureRules()
    usual = usual_rules(name, unit, datatype)
    rules = usual.model_copy(update={field: getattr(own, field) for field in own.said})
    placeholders = () if rules.placeholders in (None, "off") else tuple(rules.placeholders or ())
    words = {each for each in placeholders if isinstance(each, str)}
    numbers = sorted(each for each in placeholders if not isinstance(each, str))
    numeric = datatype is not Datatype.STRING
    return Judge(
        fail=bounds_of(rules.fail),
        suspect=bounds_of(rules.suspect),
        numbers=np.array(numbers if numeric else [], dtype=np.float64),
        sorted=tuple(numbers) if numeric else (),
        words=frozenset(words),
        earliest=naive(rules.earliest) if isinstance(rules.earliest, datetime) else None,
        unset_clock=rules.earliest is None,
        ahead=None if rules.ahead in (None, "off") else microseconds(span_of(str(rules.ahead))),
        fastest=rules.fastest if isinstance(rules.fastest, Fastest) else None,
        flat=rules.flat if isinstance(rules.flat, Flat) else None,
        spike=rules.spike if isinstance(rules.spike, Spike) else None,
        climatology=rules.climatology if isinstance(rules.climatology, tuple) else (),
        gap=rules.gap if isinstance(rules.gap, Gap) else None,
        circular=statistic is Statistic.CIRCULAR,
    )


def bounds_of(given: object) -> tuple[float, float]:
    """Return both bounds of a range; of no range those that hold everything."""
    if not isinstance(given, Range):
        return UNBOUNDED
    low = -np.inf if given.minimum is None else given.minimum
    return low, np.inf if given.maximum is None else given.maximum


def microseconds(span: timedelta) -> np.timedelta64:
    return np.timedelta64(span, "us")


def now() -> np.datetime64:
    """Return the present time, as numpy takes it."""
    return naive(datetime.now(UTC))
