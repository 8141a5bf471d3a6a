"""OpenWeatherMap's One Call 3.0: a key, and one call for each hour of the past.

The hour that has begun comes with the forecast, so a run every hour costs few calls.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta

from pydantic import BaseModel, Field

from dtbase.domain.timeranges import TimeRange
from dtbase.errors import Invalid
from jobs.weather import payloads
from jobs.weather.calls import Caller
from jobs.weather.columns import sort_out
from jobs.weather.measures import Element
from jobs.weather.payloads import Number, Seconds
from jobs.weather.provider import HOUR, Request, Weather

NEAR = timedelta(minutes=30)


class Amount(BaseModel):
    """Millimetres of an hour."""

    hour: Number = Field(alias="1h")


class Point(BaseModel):
    """The weather of one hour; gusts, visibility, rain and snow are there only if there are any."""

    dt: Seconds
    temp: Number | None
    pressure: Number | None
    humidity: Number | None
    dew_point: Number | None
    wind_speed: Number | None
    wind_deg: Number | None
    wind_gust: Number | None = None
    visibility: Number | None = None
    rain: Amount | None = None
    snow: Amount | None = None

    @property
    def precipitation(self) -> float | None:
        """Add rain and snow, which are left out where none falls, and where nothing is known."""
        if self.temp is None and self.pressure is None and self.humidity is None:
            return None
        return sum(fallen.hour for fallen in (self.rain, self.snow) if fallen is not None)


class Forecast(BaseModel):
    """The hour that has begun, and the next 47."""

    hourly: list[Point] = Field(min_length=1)


class History(BaseModel):
    """The weather of one hour, or nothing where the provider does not have it."""

    data: list[Point]


Source = tuple[str, Callable[[Point], float | None]]
SOURCES: dict[Element, Source] = {
    Element.TEMPERATURE: ("degC", lambda point: point.temp),
    Element.DEW_POINT: ("degC", lambda point: point.dew_point),
    Element.HUMIDITY: ("percent", lambda point: point.humidity),
    Element.WIND_DIRECTION: ("degree", lambda point: point.wind_deg),
    Element.WIND_SPEED: ("m/s", lambda point: point.wind_speed),
    Element.WIND_GUST: ("m/s", lambda point: point.wind_gust),
    Element.PRECIPITATION: ("mm", lambda point: point.precipitation),
    Element.PRESSURE: ("hPa", lambda point: point.pressure),
    Element.VISIBILITY: ("m", lambda point: point.visibility),
}
"""Units as documented for `units=metric`; the answers do not tell them."""


class OpenWeatherMap:
    """Hourly weather from OpenWeatherMap."""

    name = "openweathermap"
    always = frozenset(SOURCES) - {Element.WIND_GUST, Element.VISIBILITY}
    revised_hours = 1
    furthest_hours = 47

    def __init__(self, caller: Caller, url: str) -> None:
        self.caller = caller
        self.url = f"{url.rstrip('/')}/data/3.0/onecall"

    def plan(self, request: Request) -> Sequence[TimeRange]:
        """Return the forecast first, then one call for each missing hour, the newest first."""
        ahead = request.future_hours > 0 or request.this_hour in request.missing
        end = request.last_hour + HOUR
        forecast = [TimeRange(start=request.this_hour, end=end)] if ahead else []
        past = sorted(hour for hour in request.missing if hour < request.this_hour)
        return forecast + [TimeRange(start=hour, end=hour + HOUR) for hour in reversed(past)]

    def ask(self, request: Request, hours: TimeRange) -> Weather:
        if hours.start >= request.this_hour:
            points = self._forecast(request)
        else:
            points = self._history(request, hours.start)
        if not points:
            return Weather()
        table = {
            element: payloads.convert(
                self.name, element, [SOURCES[element][1](each) for each in points], unit
            )
            for element in request.elements
            for unit in (SOURCES[element][0],)
        }
        times = [datetime.fromtimestamp(point.dt, UTC) for point in points]
        return sort_out(request, times, table, frozenset())

    def _forecast(self, request: Request) -> list[Point]:
        """Ask for the hour that has begun and those to come."""
        query = place_of(request) | {"exclude": "current,minutely,daily,alerts"}
        body = self.caller.get(self.url, query)
        return payloads.read(self.name, Forecast, body).hourly

    def _history(self, request: Request, hour: datetime) -> list[Point]:
        """Ask for one hour of the past."""
        query = place_of(request) | {"dt": str(int(hour.timestamp()))}
        body = self.caller.get(f"{self.url}/timemachine", query)
        found = payloads.read(self.name, History, body).data
        if not found:
            return []
        point = found[0]
        told = datetime.fromtimestamp(point.dt, UTC)
        if abs(told - hour) > NEAR:
            raise Invalid(f"{self.name} was asked for {hour:%F %T} UTC and told of {told:%F %T}")
        return [point.model_copy(update={"dt": int(hour.timestamp())})]


def place_of(request: Request) -> dict[str, str]:
    """Return the part of a query that all calls share."""
    place = request.place
    return {"lat": f"{place.latitude:.6f}", "lon": f"{place.longitude:.6f}", "units": "metric"}
