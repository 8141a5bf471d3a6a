"""What is set aside, as people see it, choose among it, take it in or drop it."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator

from dtbase.domain.flags import Flag
from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier
from dtbase.domain.numbers import A_NUMBER
from dtbase.domain.paging import Page
from dtbase.domain.readings.flags import QualityFlag
from dtbase.domain.timeranges import AwareTime

MOST_AT_ONCE = 100_000
"""So many are taken in or dropped by one request; the answer tells how many are left."""

MOST_IDS = 1_000
MOST_SERIES = 100

Id = Annotated[int, Field(ge=1, lt=2**63), A_NUMBER]


class Rule(StrEnum):
    """Why a reading is set aside, or suspect: the name of the rule that it breaks."""

    PLACEHOLDERS = "placeholders"
    FAIL = "fail"
    EARLIEST = "earliest"
    AHEAD = "ahead"
    FORM = "form"
    SUSPECT = "suspect"
    FASTEST = "fastest"
    FLAT = "flat"
    SPIKE = "spike"
    CLIMATOLOGY = "climatology"


class SetAside(Frozen):
    """A reading that is not believed, as it was sent.

    `time` is null where it could not be read: then `sent_time` is what stood there. `why` says what
    is wrong with a reading whose form is wrong. What stands for nothing is missing, all else fails.
    """

    id: int
    sensor: str
    measure: str
    time: datetime | None
    sent_time: str | None
    raw: str
    rule: Rule
    flag: Literal[QualityFlag.FAIL, QualityFlag.MISSING]
    why: str | None
    received_at: datetime


class AsideFilter(Frozen):
    """Of which readings that were set aside to tell; the range is half-open, [start, end)."""

    rule: Rule | None = None
    sensor: Identifier | None = None
    measure: Identifier | None = None
    start: AwareTime | None = None
    end: AwareTime | None = None


class SetAsideQuery(AsideFilter, Page):
    """Which readings that were set aside to list."""

    sort: Literal["id", "-id"] = "-id"


class RuleCount(Frozen):
    """How many readings break a rule, and the first and the last of their times."""

    rule: Rule
    readings: int
    first: datetime | None = None
    last: datetime | None = None


class SeriesCount(Frozen):
    """How many readings of a series are set aside."""

    sensor: str
    measure: str
    readings: int


class AsideCounts(Frozen):
    """How many readings are set aside: by rule, and by series those with most.

    `out_of_reach` lie before what retention has left of their series: they can only be dropped.
    """

    readings: int
    out_of_reach: int
    rules: tuple[RuleCount, ...]
    series: tuple[SeriesCount, ...] = Field(description=f"The {MOST_SERIES} with most.")


class Choice(AsideFilter):
    """Which readings are meant: by rule, series and time, or by id; what is left out is any.

    Everything at once is meant only by `all`.
    """

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"rule": "fail", "sensor": "EWR", "measure": "humidity"}]}
    )

    up_to: Id | None = Field(None, description="Only those that came no later than this one.")
    ids: Annotated[list[Id], Field(min_length=1, max_length=MOST_IDS)] | None = None
    all: Flag = False

    @model_validator(mode="after")
    def check_chosen(self) -> Self:
        """Refuse to mean everything by saying nothing."""
        given = (self.rule, self.sensor, self.measure, self.start, self.end, self.ids)
        if not self.all and all(each is None for each in given):
            raise ValueError("say a rule, a sensor, a measure, a start, an end or ids; or all")
        return self


class TakenIn(Frozen):
    """What became of readings that were to be believed after all.

    `unreadable` have a value or a time that their series cannot hold, or no series; `clashing` have
    a time at which another reading stands; `dropped` lie before what retention has left. They stay
    aside. `left` are those that were too many for one request.
    """

    taken_in: int
    unreadable: int
    clashing: int
    dropped: int
    left: int = Field(0, description="Ask again for these.")


class Dropped(Frozen):
    """How many readings that were set aside are gone for good, and how many are left for later."""

    dropped: int
    left: int
