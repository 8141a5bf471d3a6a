"""Where sensors stand: places, kinds of places, and the tree they make."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BeforeValidator, ConfigDict, Field, model_validator
from pydantic.config import JsonDict

from dtbase.domain.changes import Change
from dtbase.domain.flags import Flag
from dtbase.domain.frozen import Frozen
from dtbase.domain.names import Identifier, Text, Title
from dtbase.domain.paging import Page, SearchText
from dtbase.domain.registry.measures import Datatype, Unit
from dtbase.errors import Violation

LARGEST = 2**53
LONGEST = 1_000
COORDINATE_RULE = (
    f"must be a number up to 2**53, true, false, or a text of at most {LONGEST} characters"
)


def check_coordinate(value: object) -> object:
    """Refuse what cannot be stored and told again exactly."""
    if isinstance(value, str):
        fits = len(value) <= LONGEST and "\0" not in value
    elif isinstance(value, bool):
        fits = True
    else:  # the database tells a large float as an integer
        fits = isinstance(value, int | float) and abs(value) <= LARGEST
    if not fits:
        raise ValueError(COORDINATE_RULE)
    return value


Coordinate = Annotated[bool | int | float | str, BeforeValidator(check_coordinate)]
Coordinates = Annotated[dict[Identifier, Coordinate], Field(max_length=50)]

SCHEMA_EXAMPLE: JsonDict = {
    "name": "position",
    "description": "A point on the map.",
    "fields": [
        {"name": "latitude", "datatype": "float", "unit": "degree"},
        {"name": "longitude", "datatype": "float", "unit": "degree"},
        {"name": "indoors", "datatype": "boolean", "required": False},
    ],
}
LOCATION_EXAMPLE: JsonDict = {
    "identifier": "newark-airport",
    "name": "Newark Liberty International Airport",
    "parent": "new-york",
    "location_schema": "position",
    "coordinates": {"latitude": 40.6925, "longitude": -74.1687},
}

RULES = {
    Datatype.FLOAT: "must be a number",
    Datatype.INTEGER: "must be an integer",
    Datatype.BOOLEAN: "must be true or false",
    Datatype.STRING: "must be a text",
}


class LocationField(Frozen):
    """One coordinate that the locations of a schema have."""

    name: Identifier
    datatype: Datatype = Datatype.FLOAT
    unit: Unit | None = None
    required: Flag = True

    def takes(self, value: Coordinate) -> bool:
        """Tell whether a value is of the field's datatype."""
        if self.datatype is Datatype.STRING or isinstance(value, str):
            return self.datatype is Datatype.STRING and isinstance(value, str)
        if self.datatype is Datatype.BOOLEAN or isinstance(value, bool):
            return self.datatype is Datatype.BOOLEAN and isinstance(value, bool)
        return self.datatype is Datatype.FLOAT or float(value).is_integer()


Fields = Annotated[tuple[LocationField, ...], Field(min_length=1, max_length=50)]


def refuse_repeated(fields: tuple[LocationField, ...]) -> None:
    if len({field.name for field in fields}) < len(fields):
        raise ValueError("two fields of one schema cannot share a name")


class LocationSchema(Frozen):
    """A kind of location: the coordinates that its locations have, with datatypes and units."""

    model_config = ConfigDict(json_schema_extra={"examples": [SCHEMA_EXAMPLE]})

    name: Identifier
    description: Text | None = None
    fields: Fields

    @model_validator(mode="after")
    def check_names(self) -> Self:
        """Refuse two fields of one name."""
        refuse_repeated(self.fields)
        return self

    def broken_by(self, coordinates: Mapping[str, Coordinate]) -> list[Violation]:
        """Return the rules that coordinates break."""
        known = {field.name: field for field in self.fields}
        return [
            *self.missing_from(coordinates),
            *(
                Violation(
                    field=f"coordinates.{name}", rule=rule_for(known.get(name)), value=str(value)
                )
                for name, value in coordinates.items()
                if name not in known or not known[name].takes(value)
            ),
        ]

    def missing_from(self, coordinates: Mapping[str, Coordinate]) -> list[Violation]:
        """Return a broken rule for each field that must be there and is not."""
        return [
            Violation(field=f"coordinates.{field.name}", rule=f"is required by {self.name!r}")
            for field in self.fields
            if field.required and field.name not in coordinates
        ]


def rule_for(field: LocationField | None) -> str:
    """Say what a coordinate must be."""
    if field is None:
        return "is no field of the schema"
    return RULES[field.datatype] + (f" in {field.unit}" if field.unit else "")


class LocationSchemaChange(Change):
    """What to change about a schema; its locations must fit the new fields."""

    clearable: ClassVar[frozenset[str]] = frozenset({"description"})
    example: ClassVar[dict[str, Any]] = {"description": "A point in WGS 84."}

    name: Identifier | None = None
    description: Text | None = None
    fields: Fields | None = None

    @model_validator(mode="after")
    def check_names(self) -> Self:
        """Refuse two fields of one name."""
        refuse_repeated(self.fields or ())
        return self


class LocationSchemaQuery(Page):
    """Which schemas to list."""

    search: SearchText | None = Field(None, description="A part of the name.")
    sort: Literal["name", "-name"] = "name"


class Location(Frozen):
    """A place; it may stand in another one, and its schema says which coordinates it has."""

    model_config = ConfigDict(json_schema_extra={"examples": [LOCATION_EXAMPLE]})

    identifier: Identifier
    name: Title
    parent: Identifier | None = None
    location_schema: Identifier | None = None
    coordinates: Coordinates = {}


class LocationChange(Change):
    """What to change about a location; null takes it out of its parent or its schema."""

    clearable: ClassVar[frozenset[str]] = frozenset({"parent", "location_schema"})
    example: ClassVar[dict[str, Any]] = {"name": "Newark Airport", "parent": None}

    identifier: Identifier | None = None
    name: Title | None = None
    parent: Identifier | None = None
    location_schema: Identifier | None = None
    coordinates: Coordinates | None = None


class LocationQuery(Page):
    """Which locations to list."""

    location_schema: Identifier | None = None
    within: Identifier | None = Field(None, description="This location and all that stand in it.")
    parent: Identifier | None = Field(None, description="Those that stand directly in this one.")
    has_plan: bool | None = Field(None, description="Those with a floor plan, or without.")
    search: SearchText | None = Field(None, description="A part of the identifier or the name.")
    sort: Literal["identifier", "-identifier", "name", "-name"] = "identifier"
