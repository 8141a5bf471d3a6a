"""What the numbers of a measure mean: its statistic, and what has to be known beside it."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, field_validator, model_validator

from dtbase.domain.frozen import Frozen
from dtbase.domain.numbers import A_NUMBER
from dtbase.domain.registry.installations import Instant
from dtbase.domain.timeranges import zone
from dtbase.errors import Invalid


class Statistic(StrEnum):
    """What the average of a measure over a bucket of time means."""

    MEAN = "mean"
    TOTAL = "total"
    COUNTER = "counter"
    CIRCULAR = "circular"
    LEVEL = "level"
    NET = "net"
    STATE = "state"


STEPPED = frozenset({Statistic.COUNTER, Statistic.LEVEL, Statistic.NET})
"""What is told from the steps between readings and not from single ones."""

METERS = frozenset({Statistic.COUNTER, Statistic.NET})

HOLDING = frozenset({Statistic.LEVEL, Statistic.STATE})
"""What holds from one reading to the next; of its days other things are stored than of a meter."""

INSIDE = HOLDING | METERS
"""Of what something is stored beside its readings and their sums: what lies inside its days."""


def stored_alike(before: Statistic | str | None, after: Statistic | str) -> bool:
    """Tell whether days that were stored under one statistic also serve another one."""
    if after not in INSIDE:
        return True
    return any({before, after} <= kind for kind in (HOLDING, METERS))


SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
DURATION = re.compile(r"([1-9][0-9]{0,4})([smhd])")
MOST_STATES = 1_000
USUAL_STATES = 50
MOST_RESETS = 100
USUALLY_HOLDS = timedelta(days=7)
"""How long the newest value holds where nothing is said: nobody knows what follows it."""

FOR_GOOD = timedelta(days=36_500)
"""What reports on change may be silent for weeks, until the next value says that it has changed."""


def check_duration(text: str) -> str:
    """Refuse what is no length of time."""
    if not DURATION.fullmatch(text):
        raise ValueError("must be a number from 1 to 99999 and s, m, h or d, such as 90m or 7d")
    return text


def length_of(text: str) -> timedelta:
    """Return a length of time that has been checked."""
    found = DURATION.fullmatch(text)
    assert found is not None
    return timedelta(seconds=int(found[1]) * SECONDS[found[2]])


def known_zone(name: str) -> str:
    """Refuse what is no time zone."""
    try:
        zone(name)
    except Invalid as error:
        raise ValueError(error.detail) from error
    return name


Duration = Annotated[str, AfterValidator(check_duration)]
Positive = Annotated[float, Field(gt=0, le=1e300, allow_inf_nan=False), A_NUMBER]


Zone = Annotated[str, AfterValidator(known_zone)]


class Options(Frozen):
    """What a statistic has to know beside its name; what is left out is as the documents say."""

    holds: Duration | None = Field(
        None,
        description="level, state: how long a value holds at most, such as 6h; by default until"
        " the next one, and the newest for 7d.",
    )
    states: Annotated[int, Field(ge=2, le=MOST_STATES), A_NUMBER] | None = Field(
        None, description="state: of how many states there may be times; by default 50."
    )
    top: Positive | None = Field(
        None, description="counter: where it starts again from 0, such as 65536 or 99999."
    )
    dip: Positive | None = Field(
        None, description="counter: a fall of at most so much is a flicker and no reset."
    )
    rate: Positive | None = Field(
        None, description="counter: the most that it can count in an hour; more is no use."
    )
    resets: Annotated[tuple[Instant, ...], Field(min_length=1, max_length=MOST_RESETS)] | None = (
        Field(
            None,
            description="counter, net: when it was set to zero, whether or not its stand fell.",
        )
    )
    restarts: Literal["day", "week", "month", "year"] | None = Field(
        None, description="counter, net: it starts over from zero at the start of each of these."
    )
    timezone: Zone | None = Field(None, description="With restarts, whose days; by default UTC.")

    @field_validator("resets")
    @classmethod
    def sort_resets(cls, resets: tuple[datetime, ...] | None) -> tuple[datetime, ...] | None:
        """Hold each time once, in order."""
        return resets and tuple(sorted({time.astimezone(UTC) for time in resets}))

    @model_validator(mode="after")
    def check_any(self) -> Self:
        """Refuse options that say nothing: they are left out instead."""
        if not self.given:
            raise ValueError(
                "options must hold at least one of holds, states, top, dip, rate, resets, restarts"
            )
        if self.timezone is not None and self.restarts is None:
            raise ValueError("timezone says whose days restarts means, and goes with it alone")
        return self

    @property
    def given(self) -> frozenset[str]:
        """Return the options that are set."""
        return frozenset(self.model_dump(exclude_none=True))

    @property
    def longest(self) -> timedelta:
        """Return how long a value holds at most that another one follows."""
        return length_of(self.holds) if self.holds else FOR_GOOD

    @property
    def newest(self) -> timedelta:
        """Return how long a value holds at most that no other one follows yet."""
        return length_of(self.holds) if self.holds else USUALLY_HOLDS

    @property
    def modulus(self) -> float | None:
        """Return at how much a counter shows zero again: one that shows 9999.9 last, at 10000.0."""
        if self.top is None or not SMALLEST_SHOWN <= self.top < LARGEST_SHOWN:
            return self.top
        top = Decimal(repr(self.top)).normalize()
        places = max(-int(top.as_tuple().exponent), 0)
        after = int(top.scaleb(places)) + 1
        shown = after >= FEWEST and (after.bit_count() == 1 or str(after).strip("0") == "1")
        return float(Decimal(after).scaleb(-places)) if shown else self.top


SMALLEST_SHOWN, LARGEST_SHOWN = 1e-6, 1e15
FEWEST = 100
"""From 99 on, nines and ones below a power of two are the highest number that is shown."""

OPTIONS_OF = {
    Statistic.LEVEL: frozenset({"holds"}),
    Statistic.STATE: frozenset({"holds", "states"}),
    Statistic.COUNTER: frozenset({"top", "dip", "rate", "resets", "restarts", "timezone"}),
    Statistic.NET: frozenset({"resets", "restarts", "timezone"}),
}


def check_options(statistic: Statistic, options: Options | None) -> None:
    """Refuse options that a statistic does not have."""
    other = sorted((options.given if options else frozenset()) - OPTIONS_OF.get(statistic, set()))
    if other:
        raise ValueError(f"statistic {statistic} has no option {', '.join(other)}")


def predicted_as(statistic: Statistic) -> Statistic:
    """Return what predictions are: those of a meter are uses, those of a level means."""
    if statistic in METERS:
        return Statistic.TOTAL
    return Statistic.MEAN if statistic in {Statistic.LEVEL, Statistic.STATE} else statistic
