"""What weather is measured in here, and what no weather on earth exceeds."""

from enum import StrEnum
from functools import cache

from dtbase.domain.frozen import Frozen
from dtbase.domain.registry.measures import Measure, Statistic
from dtbase.domain.registry.sensors import SensorType


class Element(StrEnum):
    """A measure of the weather, by its name in the twin."""

    TEMPERATURE = "temperature"
    DEW_POINT = "dew_point"
    HUMIDITY = "humidity"
    WIND_DIRECTION = "wind_direction"
    WIND_SPEED = "wind_speed"
    WIND_GUST = "wind_gust"
    PRECIPITATION = "precipitation"
    PRESSURE = "pressure"
    VISIBILITY = "visibility"


class Bounds(Frozen):
    """A measure's unit, and between which values all weather lies."""

    unit: str
    lowest: float
    highest: float
    statistic: Statistic = Statistic.MEAN


BOUNDS: dict[Element, Bounds] = {
    Element.TEMPERATURE: Bounds(unit="degC", lowest=-100, highest=70),
    Element.DEW_POINT: Bounds(unit="degC", lowest=-120, highest=50),
    Element.HUMIDITY: Bounds(unit="percent", lowest=0, highest=100),
    Element.WIND_DIRECTION: Bounds(
        unit="degree", lowest=0, highest=360, statistic=Statistic.CIRCULAR
    ),
    Element.WIND_SPEED: Bounds(unit="m/s", lowest=0, highest=150),
    Element.WIND_GUST: Bounds(unit="m/s", lowest=0, highest=200),
    Element.PRECIPITATION: Bounds(unit="mm", lowest=0, highest=500, statistic=Statistic.TOTAL),
    Element.PRESSURE: Bounds(unit="hPa", lowest=800, highest=1100),
    Element.VISIBILITY: Bounds(unit="km", lowest=0, highest=500),
}
"""Wide enough for every record, narrow enough to notice that a provider changed its units."""


@cache
def weather() -> SensorType:
    """Return the type of a sensor of weather; to know its units takes a third of a second."""
    return SensorType(
        name="Weather",
        description="The weather at a place as a provider on the internet tells it, once an hour.",
        measures=tuple(
            Measure(name=element, unit=bounds.unit, statistic=bounds.statistic)
            for element, bounds in BOUNDS.items()
        ),
    )
