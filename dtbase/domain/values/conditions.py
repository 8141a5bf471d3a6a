"""Conditions on a series: read from a few words, such as `EWR/temperature above 30`."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from math import inf, isfinite
from typing import NamedTuple, NoReturn

from dtbase.domain.names import IDENTIFIER_PATTERN
from dtbase.domain.registry.series import SeriesKey
from dtbase.errors import Invalid

LONGEST = 400
MOST_CONDITIONS = 5
DURATION = re.compile(r"([0-9]{1,6})(s|m|h|d|w)")
SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
LONGEST_DURATION = timedelta(days=3_660)


class Kind(StrEnum):
    """What may be said of a series."""

    ABOVE = "above"
    BELOW = "below"
    BETWEEN = "between"
    RISING = "rising"
    FALLING = "falling"
    SILENT = "silent"
    IS = "is"
    OUTSIDE = "outside"


KINDS = {kind.value for kind in Kind}
EXAMPLES = {
    Kind.ABOVE: "above 30",
    Kind.BELOW: "below 5",
    Kind.BETWEEN: "between 10 20",
    Kind.RISING: "rising 2 (of its unit an hour)",
    Kind.FALLING: "falling 2 (of its unit an hour)",
    Kind.SILENT: "silent, or silent 2h",
    Kind.IS: "is true, is 3 or is open",
    Kind.OUTSIDE: "outside arima, or outside arima 95",
}
RULE = f"a condition is sensor/measure and one of: {'; '.join(EXAMPLES.values())}"


class Said(NamedTuple):
    """What the words after the kind say; which of these count depends on the kind."""

    low: float = -inf
    high: float = inf
    """Between which a value lies, both included unless it is to be above or below."""

    rate: float = 0.0
    """By how much an hour a value rises; it falls by what is negative."""

    silence: timedelta | None = None
    state: str = ""
    model: str = ""
    level: float | None = None


@dataclass(frozen=True)
class Condition:
    """What is asked of one series."""

    text: str
    key: SeriesKey
    kind: Kind
    said: Said

    @classmethod
    def parse(cls, text: str) -> "Condition":
        """Read a condition, or say what one is."""
        words = text.split()
        if len(text) > LONGEST or len(words) < 2 or words[1] not in KINDS:  # noqa: PLR2004
            refuse(text, RULE)
        kind = Kind(words[1])
        said = READERS[kind](text, words[2:])
        if said is None:
            refuse(text, f"say {EXAMPLES[kind]}")
        return cls(" ".join(words), SeriesKey.parse(words[0]), kind, said)


def above(text: str, words: Sequence[str]) -> Said | None:
    return Said(low=number(text, words[0])) if len(words) == 1 else None


def below(text: str, words: Sequence[str]) -> Said | None:
    return Said(high=number(text, words[0])) if len(words) == 1 else None


def between(text: str, words: Sequence[str]) -> Said | None:
    if len(words) != 2:  # noqa: PLR2004
        return None
    low, high = (number(text, word) for word in words)
    if low > high:
        refuse(text, "the first of two numbers is the lower one")
    return Said(low=low, high=high)


def rising(text: str, words: Sequence[str]) -> Said | None:
    if len(words) != 1:
        return None
    rate = number(text, words[0])
    if rate <= 0:
        refuse(text, "say by how much an hour, above 0")
    return Said(rate=rate)


def falling(text: str, words: Sequence[str]) -> Said | None:
    said = rising(text, words)
    return None if said is None else Said(rate=-said.rate)


def silent(_: str, words: Sequence[str]) -> Said | None:
    if len(words) > 1:
        return None
    return Said(silence=duration(words[0], "condition") if words else None)


def in_state(_: str, words: Sequence[str]) -> Said | None:
    return Said(state=" ".join(words)) if words else None


def outside(text: str, words: Sequence[str]) -> Said | None:
    if len(words) not in {1, 2} or not re.fullmatch(IDENTIFIER_PATTERN, words[0]):
        return None
    return Said(model=words[0], level=number(text, words[1]) if words[1:] else None)


Reader = Callable[[str, Sequence[str]], Said | None]
READERS: Mapping[Kind, Reader] = {
    Kind.ABOVE: above,
    Kind.BELOW: below,
    Kind.BETWEEN: between,
    Kind.RISING: rising,
    Kind.FALLING: falling,
    Kind.SILENT: silent,
    Kind.IS: in_state,
    Kind.OUTSIDE: outside,
}


def number(text: str, word: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = inf
    if not isfinite(value):
        refuse(text, f"{word!r} is no number")
    return value


def duration(text: str, field: str) -> timedelta:
    """Read a length of time such as 3h."""
    found = DURATION.fullmatch(text)
    length = timedelta() if found is None else timedelta(seconds=int(found[1]) * SECONDS[found[2]])
    if not timedelta() < length <= LONGEST_DURATION:
        rule = f"{text!r} must be a number and s, m, h, d or w, such as 3h, and at most 3660d"
        raise Invalid(rule, field=field)
    return length


def refuse(text: str, rule: str) -> NoReturn:
    raise Invalid(f"condition {text[:LONGEST]!r}: {rule}", field="condition")
