"""What the demo twin consists of."""

from datetime import UTC, datetime

from dtbase.domain.forecasts.runs import Model
from dtbase.domain.registry.installations import NewInstallation
from dtbase.domain.registry.locations import Location
from dtbase.domain.registry.measures import Measure, Statistic
from dtbase.domain.registry.sensors import NewSensor, SensorType
from dtbase.domain.registry.twin import Twin

TWIN = Twin(name="New York stations", timezone="America/New_York")

WEATHER_STATION = SensorType(
    name="weather-station",
    description="An airport's automated weather station, one reading an hour.",
    measures=(
        Measure(name="temperature", unit="degC"),
        Measure(name="dew_point", unit="degC"),
        Measure(name="humidity", unit="percent"),
        Measure(name="wind_direction", unit="degree", statistic=Statistic.CIRCULAR),
        Measure(name="wind_speed", unit="m/s"),
        Measure(name="wind_gust", unit="m/s"),
        Measure(name="precipitation", unit="mm", statistic=Statistic.TOTAL),
        Measure(name="pressure", unit="hPa"),
        Measure(name="visibility", unit="km"),
    ),
)


def airport(identifier: str, name: str, latitude: float, longitude: float) -> Location:
    """Return a place in New York."""
    return Location(
        identifier=identifier,
        name=name,
        parent="new-york",
        coordinates={"latitude": latitude, "longitude": longitude},
    )


LOCATIONS = (
    Location(
        identifier="new-york",
        name="New York",
        coordinates={"latitude": 40.7128, "longitude": -74.006},
    ),
    airport("newark-airport", "Newark Liberty International Airport", 40.6925, -74.1687),
    airport("kennedy-airport", "John F. Kennedy International Airport", 40.6398, -73.7789),
    airport("laguardia-airport", "LaGuardia Airport", 40.7772, -73.8726),
)

STATIONS = (
    NewSensor(identifier="EWR", type="weather-station", name="Newark"),
    NewSensor(identifier="JFK", type="weather-station", name="Kennedy"),
    NewSensor(identifier="LGA", type="weather-station", name="LaGuardia"),
)

BUILT = datetime(2000, 1, 1, tzinfo=UTC)
"""Before any reading of the demo, so that its whole history was read where the stations stand."""

INSTALLATIONS = tuple(
    NewInstallation(sensor=sensor, location=location, since=BUILT)
    for sensor, location in (
        ("EWR", "newark-airport"),
        ("JFK", "kennedy-airport"),
        ("LGA", "laguardia-airport"),
    )
)

ARIMA = Model(
    name="arima",
    description="Daily and weekly cycles with ARIMA errors; bounds learnt from its own backtest.",
)
POOL = Model(
    name="pool",
    description="Autoregressions, weighted by how well each did of late at each lead time.",
)
MODELS = (ARIMA, POOL)
"""Each forecasts the demo, so that its series have a leaderboard; the last one is shown."""

FORECASTS = tuple(
    f"{station.identifier}/{measure}"
    for measure in ("temperature", "wind_speed")
    for station in STATIONS
)
"""The series that are forecast without anyone asking."""

HORIZON = 48
