"""Which place, which measure and which range a place's page shows, by its address."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Self
from urllib.parse import parse_qsl, urlencode

from dash_app.plan.ids import PATH
from dtbase.domain.frozen import Frozen

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Range(Frozen):
    """How much of the past and of the future is shown, and how far one step goes."""

    title: str
    back: timedelta
    ahead: timedelta
    step: str


RANGES = {
    "1d": Range(title="Day", back=DAY, ahead=DAY, step="30m"),
    "3d": Range(title="3 days", back=3 * DAY, ahead=2 * DAY, step="1h"),
    "2w": Range(title="2 weeks", back=14 * DAY, ahead=3 * DAY, step="3h"),
}
USUAL = "3d"


class Look(StrEnum):
    """As what a place is looked at."""

    PLAN = "plan"
    MAP = "map"
    SPACE = "3d"


class View(Frozen):
    """The state of the page; the step that is seen is the browser's own."""

    place: str = ""
    measure: str = ""
    range: str = USUAL
    look: Look = Look.PLAN

    @classmethod
    def parse(cls, search: str | None) -> Self:
        given = dict(parse_qsl((search or "").lstrip("?")))
        range_ = given.get("r", USUAL)
        look = given.get("see", "")
        return cls(
            place=given.get("id", ""),
            measure=given.get("m", ""),
            range=range_ if range_ in RANGES else USUAL,
            look=Look(look) if look in {*Look} else Look.PLAN,
        )

    def window(self, now: datetime) -> tuple[datetime, datetime]:
        """Return from when to when values are asked for; the present step is whole."""
        chosen = RANGES[self.range]
        return now - chosen.back, now + chosen.ahead


def address_of(place: str, look: Look = Look.PLAN) -> str:
    """Return the address of a place's page; that of no place is the map of all."""
    see = {} if look is Look.PLAN else {"see": look.value}
    said = {"id": place} if place else {}
    return f"{PATH}?{urlencode({**said, **see})}"
