"""Formulas over series: read from a text into a tree, by a small grammar of their own.

Nothing is evaluated by Python. A text is tokens, a tree of bounded depth, and names of series; what
the tree makes of numbers is `formula_values`, and of units `formula_units`.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import isfinite
from typing import Annotated, NamedTuple, NoReturn

from pydantic import StringConstraints

from dtbase.domain.registry.series import SeriesKey
from dtbase.domain.values.beliefs import AT, Belief
from dtbase.errors import Invalid

LONGEST = 1_000
DEEPEST = 40
MOST_PARTS = 200
HIGHEST_POWER = 4
MOST_FORMULAS = 20
MOST_SERIES = 40
"""The most series that the formulas of one request are about."""

FormulaText = Annotated[
    str, StringConstraints(min_length=1, max_length=LONGEST, pattern=r"^[^\x00]*$")
]

NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
BELIEF = r"[a-z_]+(?:=[A-Za-z0-9][A-Za-z0-9._:-]*)?"
NUMBER = r"\d+(?:\.\d*)?(?:[eE][-+]?\d{1,3})?"
TOKEN = re.compile(
    rf"""\s*(?:
    (?P<bracketed>\[[^\[\]]{{1,401}}\])
  | (?P<series>(?!{NUMBER}/{NUMBER}(?![\w.-]))@?{NAME}/{NAME}(?:~{BELIEF})*)
  | (?P<duration>\d{{1,6}}(?:s|m|h|d|w)(?!\w))
  | (?P<number>{NUMBER})(?!\w)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<operator>\*\*|[-+*/(),])
  | (?P<end>$)
    )""",
    re.VERBOSE,
)
SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
LONGEST_WINDOW = timedelta(days=366)
HINT = "a series is named sensor/measure, and -, and / between names, have spaces around them"


class Token(NamedTuple):
    """A piece of a formula, and where it stands."""

    kind: str
    text: str
    at: int


@dataclass(frozen=True)
class Number:
    """A number as it is written; it takes the unit of what it is added to."""

    value: float
    text: str


@dataclass(frozen=True)
class Operand:
    """What a formula is about: a series, `@location/measure`, or a forecast of a series."""

    key: SeriesKey
    belief: Belief | None = None

    @classmethod
    def parse(cls, text: str) -> "Operand":
        """Read it as a line of a chart is read."""
        name, *parts = text.split("~")
        if not name.startswith(AT):
            return cls(SeriesKey.parse(name), belief_of(parts))
        place, _, measure = name.removeprefix(AT).partition("/")
        if parts:
            refuse(f"{text!r}: forecasts are of a sensor's series, not of a location")
        if not (place and measure):
            refuse(f"{text!r} must be @location/measure")
        return cls(SeriesKey(sensor=f"{AT}{place}", measure=measure))

    @property
    def location(self) -> str | None:
        """The location whose sensors it is about, all of them as one."""
        return self.key.sensor.removeprefix(AT) if self.key.sensor.startswith(AT) else None

    @property
    def measured(self) -> bool:
        """Tell whether it is what a series measured."""
        return self.belief is None and self.location is None

    def __str__(self) -> str:
        """Write it as it is read."""
        return str(self.key) if self.belief is None else f"{self.key}~{self.belief}"


def belief_of(parts: Sequence[str]) -> Belief | None:
    """Read which forecast is meant, if one is."""
    try:
        return Belief.parse(parts) if parts else None
    except Invalid as refusal:
        refuse(refusal.detail)


@dataclass(frozen=True)
class Named:
    """A series, or what stands for one."""

    operand: Operand
    text: str


@dataclass(frozen=True)
class Duration:
    """How far a window reaches back."""

    length: timedelta
    text: str


@dataclass(frozen=True)
class Operation:
    """Two parts with an operator between them, or with one part what stands before it."""

    operator: str
    parts: "tuple[Part, ...]"
    text: str


@dataclass(frozen=True)
class Call:
    """A function of parts."""

    name: str
    parts: "tuple[Part, ...]"
    text: str


Part = Number | Named | Duration | Operation | Call


class Function(NamedTuple):
    """What a function takes."""

    takes: str
    least: int
    most: int
    last: type[Number | Duration] | None = None
    """What its last part must be, if not just any."""


FUNCTIONS = {
    "sum": Function("two or more series", 2, MOST_SERIES),
    "mean": Function("two or more series", 2, MOST_SERIES),
    "min": Function("two or more series", 2, MOST_SERIES),
    "max": Function("two or more series", 2, MOST_SERIES),
    "abs": Function("one series", 1, 1),
    "rolling_mean": Function("a series and a window, such as 24h", 2, 2, Duration),
    "cumulative_sum": Function("one series", 1, 1),
    "change_per_hour": Function("one series", 1, 1),
    "degree_hours": Function("a series and a number, above which hours count", 2, 2, Number),
    "degree_hours_below": Function("a series and a number, below which hours count", 2, 2, Number),
}
BEFORE = {"change_per_hour"}
"""What looks at the bucket before."""

BY_HOURS = {"degree_hours", "degree_hours_below"}
"""What is taken from hours, however wide the buckets are."""

STRENGTHS = (("+", "-"), ("*", "/"))


@dataclass(frozen=True)
class Formula:
    """A formula, and what it is about, each once and in their order."""

    text: str
    root: Part
    operands: tuple[Operand, ...]

    @classmethod
    def parse(cls, text: str) -> "Formula":
        """Read a formula, or say where it is none."""
        if len(text) > LONGEST:
            refuse(f"a formula has at most {LONGEST} characters")
        root = Parser(text).whole()
        operands = dict.fromkeys(part.operand for part in walk(root) if isinstance(part, Named))
        if not operands:
            refuse(f"{text!r} names no series; name at least one, as sensor/measure")
        return cls(text, root, tuple(operands))

    @property
    def series(self) -> tuple[SeriesKey, ...]:
        """Return the series whose readings it is about."""
        return tuple(each.key for each in self.operands if each.measured)

    @property
    def believed(self) -> tuple[Operand, ...]:
        """Return the forecasts that it is about."""
        return tuple(each for each in self.operands if each.belief is not None)

    def uses(self, names: set[str]) -> bool:
        return any(isinstance(part, Call) and part.name in names for part in walk(self.root))

    @property
    def window(self) -> timedelta:
        """Return how far before a time its windows reach at most."""
        return reach(self.root)


def reach(part: Part) -> timedelta:
    """Return how far the windows of a part reach, those within each other added up."""
    if not isinstance(part, Call | Operation):
        return timedelta()
    own = [each.length for each in part.parts if isinstance(each, Duration)]
    return sum(own, max(map(reach, part.parts)))


def walk(part: Part) -> Iterator[Part]:
    """Return a part and all that it is made of."""
    yield part
    if isinstance(part, Call | Operation):
        for each in part.parts:
            yield from walk(each)


def refuse(rule: str) -> NoReturn:
    raise Invalid(rule, field="formula")


class Parser:
    """Reads the tokens of one formula, weakest operators first."""

    def __init__(self, text: str) -> None:
        """Cut a text into tokens."""
        self.text = text
        self.tokens = list(tokens(text))
        self.place = 0
        self.parts = 0

    @property
    def next(self) -> Token:
        return self.tokens[self.place]

    def whole(self) -> Part:
        """Read all of it."""
        part = self.chain(0, 0)
        if self.next.kind != "end":
            self.unexpected("the formula could end here, or go on with an operator")
        return part

    def chain(self, strength: int, depth: int) -> Part:
        """Read parts with operators of one strength between them, from left to right."""
        if strength == len(STRENGTHS):
            return self.signed(depth)
        start = self.next.at
        part = self.chain(strength + 1, depth)
        while self.next.text in STRENGTHS[strength]:
            operator = self.take().text
            depth += 1
            pair = (part, self.chain(strength + 1, depth))
            part = self.operation(operator, pair, start)
        return part

    def operation(self, operator: str, parts: tuple[Part, ...], start: int) -> Operation:
        """Return parts with an operator, which a window is nothing for."""
        for part in parts:
            if isinstance(part, Duration):
                refuse(f"{part.text} is a window, which only rolling_mean takes")
        return Operation(operator, parts, self.since(start))

    def signed(self, depth: int) -> Part:
        """Read a sign and what follows it, or a power."""
        self.count(depth)
        start = self.next.at
        if self.next.text in ("-", "+"):
            sign = self.take().text
            part = self.signed(depth + 1)
            return part if sign == "+" else self.operation("-", (part,), start)
        part = self.single(depth)
        if self.next.text != "**":
            return part
        self.take()
        power = self.single(depth)
        allowed = isinstance(power, Number) and power.value in range(1, HIGHEST_POWER + 1)
        if not allowed:
            refuse(f"a power is a whole number from 1 to {HIGHEST_POWER}, not {power.text!r}")
        return self.operation("**", (part, power), start)

    def single(self, depth: int) -> Part:
        """Read what has no operator of its own."""
        self.count(depth)
        token = self.next
        match token.kind:
            case "series" | "bracketed":
                self.take()
                name = token.text.strip("[]")
                return Named(Operand.parse(name), name)
            case "number":
                return self.number()
            case "duration":
                self.take()
                return Duration(duration(token.text), token.text)
            case "word":
                return self.call(depth)
        if token.text != "(":
            self.unexpected("a series, a number or ( is missing")
        self.take()
        part = self.chain(0, depth + 1)
        self.expect(")")
        return part

    def number(self) -> Number:
        token = self.take()
        value = float(token.text)
        if not isfinite(value):
            refuse(f"{token.text} is too large a number")
        return Number(value, token.text)

    def call(self, depth: int) -> Part:
        """Read a function and what it is of."""
        name = self.take()
        function = FUNCTIONS.get(name.text)
        if function is None:
            known = ", ".join(FUNCTIONS)
            refuse(f"{name.text!r} is no function ({known}); {HINT}")
        self.expect("(")
        parts = [self.chain(0, depth + 1)]
        while self.next.text == ",":
            self.take()
            parts.append(self.chain(0, depth + 1))
        self.expect(")")
        check_parts(name.text, function, parts)
        return Call(name.text, tuple(parts), self.since(name.at))

    def take(self) -> Token:
        self.place += 1
        return self.tokens[self.place - 1]

    def expect(self, sign: str) -> None:
        if self.next.text != sign:
            self.unexpected(f"{sign} is missing")
        self.take()

    def count(self, depth: int) -> None:
        """Refuse what is larger than any formula that somebody would write."""
        self.parts += 1
        if depth > DEEPEST or self.parts > MOST_PARTS:
            refuse(f"a formula has at most {MOST_PARTS} parts, {DEEPEST} within each other")

    def since(self, start: int) -> str:
        """Return the text from a place to what was read last."""
        last = self.tokens[self.place - 1]
        return self.text[start : last.at + len(last.text)]

    def unexpected(self, rule: str) -> NoReturn:
        found = repr(self.next.text) if self.next.text else "the end"
        refuse(f"{rule}, at character {self.next.at + 1}, before {found}; {HINT}")


def tokens(text: str) -> Iterator[Token]:
    """Cut a text into tokens, the last of which is its end."""
    at = 0
    while True:
        found = TOKEN.match(text, at)
        if found is None or found.lastgroup is None:
            rest = text[at:].lstrip()
            place = len(text) - len(rest) + 1
            refuse(f"{rest[:20]!r}, at character {place}, is nothing that a formula has; {HINT}")
        kind = found.lastgroup
        yield Token(kind, found[kind], found.start(kind))
        if kind == "end":
            return
        at = found.end()


def duration(text: str) -> timedelta:
    """Read a window such as 24h."""
    length = timedelta(seconds=int(text[:-1]) * SECONDS[text[-1]])
    if not timedelta() < length <= LONGEST_WINDOW:
        refuse(f"a window is longer than nothing and at most {LONGEST_WINDOW.days}d, not {text}")
    return length


def check_parts(name: str, function: Function, parts: list[Part]) -> None:
    """Refuse what a function does not take."""
    first = parts if function.last is None else parts[:-1]
    fits = function.least <= len(parts) <= function.most
    if function.last is not None:
        fits = fits and isinstance(parts[-1], function.last)
    if not fits or any(isinstance(part, Duration) for part in first):
        refuse(f"{name} takes {function.takes}")
