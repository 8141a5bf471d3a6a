"""How high the sun stands: a model that needs no readings, as an example of a service elsewhere."""

from datetime import UTC, datetime, timedelta
from math import asin, cos, degrees, pi, radians, sin

HOURS_MOST = 24 * 14


def elevation(latitude: float, longitude: float, time: datetime) -> float:
    """Return the sun's height in degrees above the horizon, to about a degree."""
    moment = time.astimezone(UTC)
    turn = 2 * pi * (moment.timetuple().tm_yday - 81) / 365
    declination = radians(23.45) * sin(turn)
    equation = 9.87 * sin(2 * turn) - 7.53 * cos(turn) - 1.5 * sin(turn)
    minutes = moment.hour * 60 + moment.minute + 4 * longitude + equation
    angle = radians(minutes / 4 - 180)
    place = radians(latitude)
    height = sin(place) * sin(declination) + cos(place) * cos(declination) * cos(angle)
    return degrees(asin(height))


def readings(parameters: dict[str, object], now: datetime) -> dict[str, object]:
    """Return the coming hours as DTBase takes readings; refuse what cannot be computed."""
    latitude, longitude, hours = (
        number(parameters, "latitude", 90),
        number(parameters, "longitude", 180),
        number(parameters, "hours", HOURS_MOST, 24),
    )
    start = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    times = [start + timedelta(hours=hour) for hour in range(1, int(hours) + 1)]
    return {
        "readings": [
            {
                "sensor": str(parameters.get("sensor", "sun")),
                "measure": "elevation",
                "time": time.isoformat(),
                "value": round(elevation(latitude, longitude, time), 2),
            }
            for time in times
        ]
    }


def number(
    parameters: dict[str, object], name: str, most: float, default: float | None = None
) -> float:
    """Return a number within its bounds, or say which one is wrong."""
    value = parameters.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > most:
        raise ValueError(f"{name} must be a number between {-most} and {most}")
    return float(value)
