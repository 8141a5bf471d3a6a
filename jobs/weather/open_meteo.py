"""Open-Meteo: free and without a key where the use is not commercial.

Its forecast endpoint also tells the last three months, as its models saw them; what is older comes
from its archive of reanalyses. Times are Unix seconds, amounts and gusts those of the hour before.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from dtbase.domain.timeranges import TimeRange
from dtbase.errors import Invalid, Unavailable
from jobs.weather import payloads
from jobs.weather.calls import Caller
from jobs.weather.columns import sort_out
from jobs.weather.measures import Element
from jobs.weather.payloads import Number, Seconds
from jobs.weather.provider import HOUR, Request, Weather

NAMES: dict[Element, str] = {
    Element.TEMPERATURE: "temperature_2m",
    Element.DEW_POINT: "dew_point_2m",
    Element.HUMIDITY: "relative_humidity_2m",
    Element.WIND_DIRECTION: "wind_direction_10m",
    Element.WIND_SPEED: "wind_speed_10m",
    Element.WIND_GUST: "wind_gusts_10m",
    Element.PRECIPITATION: "precipitation",
    Element.PRESSURE: "pressure_msl",
    Element.VISIBILITY: "visibility",
}
NOT_ARCHIVED = frozenset({Element.VISIBILITY})
PRECEDING = frozenset({Element.PRECIPITATION, Element.WIND_GUST})
RECENT = timedelta(days=90)
"""How far the forecast endpoint surely looks back; it allows 92 days."""

JOINED = timedelta(days=7)
"""Gaps closer than this are asked for together: up to 14 days count as one call."""

LONGEST = timedelta(days=366)
WORDS = {"minutely": 60.0, "concurrent": 5.0}


class Hourly(BaseModel):
    """Columns of equal length: the hours, and one for each variable asked for."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, list[Number | None]]

    time: list[Seconds]

    @model_validator(mode="after")
    def check_columns(self) -> Self:
        """Refuse hours that do not rise."""
        if any(later <= earlier for earlier, later in pairwise(self.time)):
            raise ValueError("time must rise")
        return self

    @property
    def uneven(self) -> Mapping[str, str]:
        """Tell which columns are of another length than the hours, and so say nothing."""
        hours = len(self.time)
        return {
            name: f"hourly.{name} must have {hours} values, as time has, not {len(values)}"
            for name, values in self.__pydantic_extra__.items()
            if len(values) != hours
        }


class Answer(BaseModel):
    """The part of an answer that is used."""

    hourly_units: dict[str, str]
    hourly: Hourly


class OpenMeteo:
    """Hourly weather from Open-Meteo."""

    name = "open-meteo"
    always = frozenset(NAMES) - NOT_ARCHIVED
    revised_hours = 6
    furthest_hours = 15 * 24

    def __init__(self, caller: Caller, url: str, archive_url: str) -> None:
        self.caller = caller
        self.url = f"{url.rstrip('/')}/v1/forecast"
        self.archive_url = f"{archive_url.rstrip('/')}/v1/archive"

    def plan(self, request: Request) -> Sequence[TimeRange]:
        """Return ranges that cover the missing hours and the future, the newest first."""
        boundary = recent_from(request)
        ranges: list[TimeRange] = []
        for span in covering(request):
            cuts = [span.start, span.end]
            if span.start < boundary < span.end:
                cuts.insert(1, boundary)
            for start, end in pairwise(cuts):
                ranges += pieces(start, end)
        return ranges[::-1]

    def ask(self, request: Request, hours: TimeRange) -> Weather:
        archived = hours.end <= recent_from(request)
        elements = [each for each in request.elements if not (archived and each in NOT_ARCHIVED)]
        if not elements:
            return Weather()
        body = self.caller.get(
            self.archive_url if archived else self.url,
            parameters(request, hours, elements, archived=archived),
        )
        refuse_refusal(self.name, body)
        answer = payloads.read(self.name, Answer, body)
        known = [datetime.fromtimestamp(seconds, UTC) for seconds in answer.hourly.time]
        uneven = answer.hourly.uneven
        whole = [element for element in elements if NAMES[element] not in uneven]
        table = {element: self._values(answer, element) for element in whole}
        found = sort_out(request, known, table, PRECEDING)
        return found.model_copy(update={"faults": tuple(uneven.values())})

    def _values(self, answer: Answer, element: Element) -> payloads.Values:
        """Return one variable of an answer in our unit."""
        name = NAMES[element]
        values = answer.hourly.__pydantic_extra__.get(name)
        unit = answer.hourly_units.get(name)
        for part, found in (("hourly", values), ("hourly_units", unit)):
            if found is None:
                raise Invalid(f"{self.name} answered without {part}.{name}, which was asked for")
        assert values is not None
        assert unit is not None
        return payloads.convert(self.name, element, values, unit)


class Refusal(BaseModel):
    """What is answered in place of weather, now and then with status 200."""

    error: Literal[True]
    reason: str


def refuse_refusal(name: str, body: bytes) -> None:
    """Raise Unavailable where an answer is none, with the reason that it gives."""
    try:
        refusal = Refusal.model_validate_json(body)
    except ValidationError:
        return
    raise Unavailable(f"{name} refused: {refusal.reason[:200]}")


def recent_from(request: Request) -> datetime:
    """Return the first hour that the forecast endpoint is asked for."""
    return (request.this_hour - RECENT).replace(hour=0)


def covering(request: Request) -> list[TimeRange]:
    """Return ranges that hold every missing hour and all of the future, close ones joined.

    Each goes an hour further than its gap, because amounts stand at the end of their hour.
    """
    hours = [*request.missing]
    if request.future_hours:
        hours.append(request.this_hour + HOUR)
    ranges: list[TimeRange] = []
    for hour in sorted(hours):
        last = request.last_hour if hour > request.now else min(hour + HOUR, request.last_hour)
        end = max(last, hour) + HOUR
        if ranges and hour - ranges[-1].end < JOINED:
            ranges[-1] = TimeRange(start=ranges[-1].start, end=end)
        else:
            ranges.append(TimeRange(start=hour, end=end))
    return ranges


def pieces(start: datetime, end: datetime) -> list[TimeRange]:
    """Cut a long range."""
    count = -((start - end) // LONGEST)
    cuts = [start + place * LONGEST for place in range(count)] + [end]
    return [TimeRange(start=first, end=last) for first, last in pairwise(cuts)]


def parameters(
    request: Request, hours: TimeRange, elements: Sequence[Element], *, archived: bool
) -> dict[str, str]:
    """Return the query of a call; the archive takes whole days, both ends included."""
    last = hours.end - HOUR
    form = "%Y-%m-%d" if archived else "%Y-%m-%dT%H:%M"
    part = "date" if archived else "hour"
    return {
        "latitude": f"{request.place.latitude:.6f}",
        "longitude": f"{request.place.longitude:.6f}",
        "hourly": ",".join(NAMES[element] for element in elements),
        "wind_speed_unit": "ms",
        "timeformat": "unixtime",
        "timezone": "GMT",
        f"start_{part}": f"{hours.start:{form}}",
        f"end_{part}": f"{last:{form}}",
    }


def pause_from_words(reason: str) -> float | None:
    """Return when a limit ends, of which Open-Meteo tells in words only."""
    said, now = reason.lower(), datetime.now(UTC)
    if "hourly" in said:
        return 3600.0 - now.minute * 60 - now.second
    if "daily" in said:
        return 86400.0 - now.hour * 3600 - now.minute * 60 - now.second
    return next((pause for word, pause in WORDS.items() if word in said), None)
