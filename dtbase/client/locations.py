"""Locations, their schemas, and what they look like: pictures and shapes."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar

from requests import Response

from dtbase.client.registry import Registry, if_match, plain
from dtbase.client.transport import Transport, read
from dtbase.domain.changes import Change
from dtbase.domain.glance.timelapse import Timelapse
from dtbase.domain.registry.floor_plans import FloorPlan, FloorPlanChange, Picture, Pin
from dtbase.domain.registry.locations import (
    Location,
    LocationChange,
    LocationSchema,
    LocationSchemaChange,
)
from dtbase.domain.registry.shapes import Shape, ShapeChange, Spot

T = TypeVar("T", FloorPlan, Shape)


class LocationSchemas(Registry[LocationSchema, LocationSchema, LocationSchemaChange]):
    """Kinds of locations: which coordinates they have."""

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport, "/v1/location-schemas", LocationSchema, "name")

    def list(
        self, *, search: str | None = None, sort: str | None = None
    ) -> Sequence[LocationSchema]:
        """Return the schemas that fit, by name."""
        return self._list(search=search, sort=sort)


class Locations(Registry[Location, Location, LocationChange]):
    """Places where sensors stand."""

    def __init__(self, transport: Transport) -> None:
        super().__init__(transport, "/v1/locations", Location, "identifier")

    def list(
        self,
        *,
        within: str | None = None,
        parent: str | None = None,
        location_schema: str | None = None,
        has_plan: bool | None = None,
        search: str | None = None,
        sort: str | None = None,
    ) -> Sequence[Location]:
        """Return the locations that fit, by identifier."""
        return self._list(
            within=within,
            parent=parent,
            location_schema=location_schema,
            has_plan=has_plan,
            search=search,
            sort=sort,
        )

    def floor_plan(self, location: Location | str) -> FloorPlan:
        """Return what is pinned to the picture of a location, or raise NotFound."""
        return self._transport.get(self._plan(location), FloorPlan)

    def picture(self, location: Location | str, known: str | None = None) -> Picture | None:
        """Return the picture of a location; None if it is the one whose digest is known."""
        answer = self._file(f"{self._plan(location)}/image", known)
        if answer is None:
            return None
        kind = answer.headers["Content-Type"].partition(";")[0]
        return Picture(media_type=kind, content=answer.content)

    def put_picture(
        self,
        location: Location | str,
        picture: Path | bytes,
        *,
        instead_of: FloorPlan | None = None,
    ) -> FloorPlan:
        """Give a location a PNG, JPEG or SVG, or another one; what is pinned stays."""
        kind = "application/octet-stream"
        return self._put(FloorPlan, self._plan(location), picture, kind, instead_of)

    def pin(self, plan: FloorPlan, pins: Sequence[Pin]) -> FloorPlan:
        """Pin sensors and locations to a floor plan, instead of those that were."""
        return self._repin(plan, self._plan(plan.location), FloorPlanChange(pins=tuple(pins)))

    def remove_picture(self, plan: FloorPlan) -> None:
        """Take the picture of a location away, with all pins."""
        self._transport.send("DELETE", self._plan(plan.location), headers=if_match(plan))

    def shape(self, location: Location | str) -> Shape:
        """Return what is pinned to the shape of a location, or raise NotFound."""
        return self._transport.get(self._shape(location), Shape)

    def shape_file(self, location: Location | str, known: str | None = None) -> bytes | None:
        """Return the .glb of a location; None if it is the one whose digest is known."""
        answer = self._file(f"{self._shape(location)}/file", known)
        return None if answer is None else answer.content

    def put_shape(
        self, location: Location | str, file: Path | bytes, *, instead_of: Shape | None = None
    ) -> Shape:
        """Give a location a .glb, or another one; what is pinned stays."""
        return self._put(Shape, self._shape(location), file, "model/gltf-binary", instead_of)

    def pin_to_shape(self, shape: Shape, pins: Sequence[Spot]) -> Shape:
        """Pin sensors and locations to a shape, instead of those that were."""
        return self._repin(shape, self._shape(shape.location), ShapeChange(pins=tuple(pins)))

    def remove_shape(self, shape: Shape) -> None:
        """Take the shape of a location away, with all pins."""
        self._transport.send("DELETE", self._shape(shape.location), headers=if_match(shape))

    def timelapse(
        self,
        location: Location | str,
        measure: str,
        start: datetime,
        end: datetime,
        step: str = "1h",
    ) -> Timelapse:
        """Return all series of a measure in a location, step by step: measured and forecast."""
        asked = {"measure": measure, "start": start, "end": end, "step": step}
        return self._transport.get(f"{self._at(location)}/timelapse", Timelapse, asked)

    def _file(self, path: str, known: str | None) -> Response | None:
        headers = {} if known is None else {"If-None-Match": f'"{known}"'}
        answer = self._transport.send("GET", path, repeatable=True, headers=headers)
        return None if answer.status_code == HTTPStatus.NOT_MODIFIED else answer

    def _put(
        self, thing: type[T], path: str, file: Path | bytes, kind: str, instead_of: T | None
    ) -> T:
        content = file if isinstance(file, bytes) else file.read_bytes()
        headers = {"Content-Type": kind, **({} if instead_of is None else if_match(instead_of))}
        answer = self._transport.send("PUT", path, data=content, headers=headers, repeatable=True)
        return read(thing, answer.content)

    def _repin(self, before: T, path: str, change: Change) -> T:
        answer = self._transport.send("PATCH", path, json=plain(change), headers=if_match(before))
        return read(type(before), answer.content)

    def _plan(self, location: Location | str) -> str:
        return f"{self._at(location)}/floor-plan"

    def _shape(self, location: Location | str) -> str:
        return f"{self._at(location)}/shape"
