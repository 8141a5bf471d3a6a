"""A local server that answers as Open-Meteo and OpenWeatherMap do, and as they should not."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "0123456789abcdef0123456789abcdef"
HOUR = timedelta(hours=1)
Document = dict[str, Any]

UNITS = {
    "temperature_2m": "°C",
    "dew_point_2m": "°C",
    "relative_humidity_2m": "%",
    "wind_direction_10m": "°",
    "wind_speed_10m": "m/s",
    "wind_gusts_10m": "m/s",
    "precipitation": "mm",
    "pressure_msl": "hPa",
    "visibility": "m",
}


@dataclass(frozen=True)
class Reply:
    """What the server says next, in place of the weather."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    stalls: bool = False


@dataclass(frozen=True)
class Asked:
    """A request that came."""

    path: str
    query: dict[str, str]


NOW = datetime(2026, 3, 1, 12, 20, tzinfo=UTC)


@dataclass
class Weather:
    """What the server was asked, what it says next, and how it spoils its answers."""

    url: str = ""
    clock: Callable[[], datetime] = lambda: NOW
    asked: list[Asked] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    spoil: Callable[[Document], object] = lambda _: None
    warmer: float = 0.0
    released: Event = field(default_factory=Event)

    def answer(self, asked: Asked) -> Reply:
        """Return the next reply, or the weather."""
        self.asked.append(asked)
        if self.replies:
            return self.replies.pop(0)
        makers = {
            "/v1/forecast": self.open_meteo,
            "/v1/archive": self.open_meteo,
            "/data/3.0/onecall": self.one_call,
            "/data/3.0/onecall/timemachine": self.time_machine,
        }
        if asked.path.startswith("/data/") and asked.query.get("appid") != KEY:
            return refused(401, message="Invalid API key.")
        document = makers[asked.path](asked.query)
        self.spoil(document)
        return Reply(body=json.dumps(document).encode())

    def open_meteo(self, query: dict[str, str]) -> Document:
        """Answer as Open-Meteo does; what lies too far ahead is null."""
        hours = hours_of(query)
        names = query["hourly"].split(",")
        return {
            "latitude": 40.710335,
            "longitude": -73.99309,
            "generationtime_ms": 0.105,
            "utc_offset_seconds": 0,
            "timezone": "GMT",
            "timezone_abbreviation": "GMT",
            "elevation": 32.0,
            "hourly_units": {"time": "unixtime", **{name: UNITS[name] for name in names}},
            "hourly": {
                "time": [int(hour.timestamp()) for hour in hours],
                **{name: [self.variable(name, hour) for hour in hours] for name in names},
            },
        }

    def variable(self, name: str, hour: datetime) -> float:
        """Return a value of Open-Meteo that only the hour decides."""
        point = self.point(hour)
        values: dict[str, float] = {
            "temperature_2m": point["temp"],
            "dew_point_2m": point["dew_point"],
            "relative_humidity_2m": point["humidity"],
            "wind_direction_10m": point["wind_deg"],
            "wind_speed_10m": point["wind_speed"],
            "wind_gusts_10m": point["wind_gust"],
            "precipitation": hour.hour / 10,
            "pressure_msl": point["pressure"],
            "visibility": 24140.0,
        }
        return values[name]

    def point(self, hour: datetime) -> Document:
        """Return an hour of OpenWeatherMap that only the hour decides."""
        wet = {"rain": {"1h": 0.25}, "snow": {"1h": 0.5}} if hour.hour == 6 else {}
        return {
            "dt": int(hour.timestamp()),
            "temp": round(10 + hour.hour / 2 + self.warmer, 2),
            "feels_like": 9.5,
            "pressure": 1015,
            "humidity": 60 + hour.hour,
            "dew_point": 4.25,
            "uvi": 0,
            "clouds": 54,
            "visibility": 10000,
            "wind_speed": 3.13,
            "wind_deg": 93,
            "wind_gust": 6.71,
            "weather": [{"id": 803, "main": "Clouds", "description": "broken", "icon": "04d"}],
            **wet,
        }

    def one_call(self, _: dict[str, str]) -> Document:
        """Answer as One Call does: the hour that has begun, and 47 more."""
        first = self.clock().replace(minute=0, second=0, microsecond=0)
        points = [{**self.point(first + place * HOUR), "pop": 0.15} for place in range(48)]
        return {**header(), "hourly": points}

    def time_machine(self, query: dict[str, str]) -> Document:
        """Answer as One Call's history does: one hour."""
        return {**header(), "data": [self.point(datetime.fromtimestamp(int(query["dt"]), UTC))]}


def header() -> Document:
    """Return what stands above each answer of OpenWeatherMap."""
    zone = {"timezone": "America/New_York", "timezone_offset": -18000}
    return {"lat": 40.7128, "lon": -74.006, **zone}


def hours_of(query: dict[str, str]) -> list[datetime]:
    """Return the hours that a query of Open-Meteo asks for; both ends are included."""
    if "start_date" in query:
        start = datetime.fromisoformat(query["start_date"]).replace(tzinfo=UTC)
        end = datetime.fromisoformat(query["end_date"]).replace(tzinfo=UTC) + 23 * HOUR
    else:
        start = datetime.fromisoformat(query["start_hour"]).replace(tzinfo=UTC)
        end = datetime.fromisoformat(query["end_hour"]).replace(tzinfo=UTC)
    return [start + place * HOUR for place in range((end - start) // HOUR + 1)]


def refused(status: int, retry_after: str = "", **document: object) -> Reply:
    """Return a refusal as JSON."""
    headers = (("Retry-After", retry_after),) if retry_after else ()
    return Reply(status, json.dumps(document).encode(), headers)


@contextmanager
def weather_server() -> Iterator[Weather]:
    """Serve the weather on a free port of this machine."""
    weather = Weather()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            reply = weather.answer(Asked(parts.path, query))
            if reply.stalls:
                weather.released.wait()
                return
            self.send_response(reply.status)
            for name, value in (*reply.headers, ("Content-Length", str(len(reply.body)))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        weather.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield weather
        finally:
            weather.released.set()
            server.shutdown()
            thread.join()
