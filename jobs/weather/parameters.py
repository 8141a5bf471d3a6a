"""What the weather service may be told."""

from collections.abc import Sequence
from typing import Self

from pydantic import ConfigDict, Field, model_validator

from dtbase.domain.names import Identifier
from dtbase.domain.registry.locations import Location
from dtbase.errors import Invalid
from dtbase.services import Parameters
from jobs.weather.measures import Element
from jobs.weather.provider import Place
from jobs.weather.providers import ProviderName

COORDINATES = ("latitude", "longitude")


class WeatherParameters(Parameters):
    """Whose weather, which hours of it, from whom, and to which sensor it goes."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": ["location"], "properties": {"location": {"type": "string"}}},
                {
                    "required": ["latitude", "longitude"],
                    "properties": {key: {"type": "number"} for key in COORDINATES},
                },
            ],
            "examples": [{"location": "newark-airport", "sensor": "newark-weather"}],
        }
    )

    location: Identifier | None = Field(
        None, description="A location with the coordinates latitude and longitude, in degrees."
    )
    latitude: float | None = Field(
        None, ge=-90, le=90, description="Degrees north, in place of a location."
    )
    longitude: float | None = Field(
        None, ge=-180, le=180, description="Degrees east, in place of a location."
    )
    sensor: Identifier = Field(
        "weather", description="Where it is stored; made with the type Weather if it is not there."
    )
    provider: ProviderName = Field(
        ProviderName.OPEN_METEO, description="Who is asked; openweathermap needs a key."
    )
    measures: tuple[Element, ...] = Field(
        tuple(Element), min_length=1, description="What to ask for; by default everything."
    )
    past_hours: int = Field(
        48, ge=0, le=10 * 366 * 24, description="How far back gaps are filled; 0 for none."
    )
    future_hours: int = Field(
        48, ge=0, le=15 * 24, description="How far ahead to store the forecast; 0 for none."
    )
    most_calls: int = Field(
        50, ge=1, le=1_000, description="The most calls of one run; the next run goes on."
    )

    @model_validator(mode="after")
    def check_place(self) -> Self:
        """Refuse two places, half a place, none, and no hour at all."""
        given = [self.latitude is not None, self.longitude is not None]
        if any(given) is (self.location is not None) or any(given) is not all(given):
            raise ValueError("give either a location, or a latitude and a longitude")
        if not self.past_hours and not self.future_hours:
            raise ValueError("past_hours and future_hours cannot both be 0")
        return self

    def place_among(self, locations: Sequence[Location]) -> Place:
        """Return the coordinates, of the location if one is named; raise Invalid if it has none."""
        if self.latitude is not None and self.longitude is not None:
            return Place(latitude=self.latitude, longitude=self.longitude)
        found = [each for each in locations if each.identifier == self.location]
        if not found:
            raise Invalid(f"no location {self.location!r}", field="location")
        return place_of(found[0])


def place_of(location: Location) -> Place:
    """Return a location's coordinates, or raise Invalid."""
    name = location.identifier
    values: list[float] = []
    for coordinate, bound in zip(COORDINATES, (90, 180), strict=True):
        value = location.coordinates.get(coordinate)
        if isinstance(value, bool | str | None) or abs(value) > bound:
            raise Invalid(
                f"location {name!r} needs a {coordinate} between -{bound} and {bound} degrees",
                field="location",
            )
        values.append(value)
    return Place(latitude=values[0], longitude=values[1])
