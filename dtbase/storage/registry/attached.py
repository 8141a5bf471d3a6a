"""What a location has one of, a picture or a shape, with what is pinned to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select, func, insert, select
from sqlalchemy import delete as delete_rows
from sqlalchemy.orm import Session

from dtbase.domain.frozen import Frozen
from dtbase.domain.registry.pins import Pinned
from dtbase.domain.versions import WHATEVER, Expected
from dtbase.errors import NotFound
from dtbase.storage import tables
from dtbase.storage.people import audit
from dtbase.storage.registry import locations, pins

T = TypeVar("T", bound=Frozen)


@dataclass(frozen=True)
class Attached(Generic[T]):
    """One kind of what a location may have: `owner` is the column by which a pin names it."""

    noun: str
    thing: type[T]
    pin: type[Pinned]
    rows: type[tables.FloorPlan | tables.Shape]
    pinned: type[tables.FloorPlanPin | tables.ShapePin]
    owner: str
    told: Mapping[str, Any]
    """What is told of it without its file, by the fields of the thing."""

    def get(self, session: Session, location: str) -> T:
        """Return what a location has, without its file."""
        columns = {"changed_at": self.rows.changed_at, "digest": self.rows.digest, **self.told}
        row = session.execute(self.at(location, self.rows.location_id, *columns.values())).first()
        if row is None:
            raise self.missing(session, location)
        id_, *values = row
        told = dict(zip(columns, values, strict=True))
        return self.thing.model_validate(
            {"location": location, "pins": self.pins_of(session, id_), **told}
        )

    def at(self, location: str, *columns: Any) -> Select[*tuple[Any, ...]]:
        """Return a query for what a location has."""
        found = select(*columns).select_from(self.rows)
        joined = found.join(tables.Location, tables.Location.id == self.rows.location_id)
        return joined.where(tables.Location.identifier == location)

    def missing(self, session: Session, location: str) -> NotFound:
        """Return the error for what is missing: the location itself, or what it should have."""
        locations.get(session, location)
        return NotFound(f"location {location!r} has no {self.noun}")

    def pins_of(self, session: Session, id_: int) -> Sequence[Pinned]:
        axes = [name for name in self.pin.model_fields if name not in Pinned.model_fields]
        query = (
            select(
                tables.Sensor.identifier.label("sensor"),
                tables.Location.identifier.label("location"),
                *(getattr(self.pinned, name) for name in axes),
            )
            .select_from(self.pinned)
            .outerjoin(tables.Sensor, tables.Sensor.id == self.pinned.sensor_id)
            .outerjoin(tables.Location, tables.Location.id == self.pinned.location_id)
            .where(getattr(self.pinned, self.owner) == id_)
            .order_by(self.pinned.id)
        )
        found = session.execute(query).mappings()
        return tuple(self.pin.model_validate(dict(row)) for row in found)

    def file(self, session: Session, location: str, *columns: Any) -> Any:
        """Return some columns of what a location has, its file among them."""
        row = session.execute(self.at(location, *columns)).one_or_none()
        if row is None:
            raise self.missing(session, location)
        return row

    def digest_of(self, session: Session, location: str) -> str | None:
        """Return the digest of the file of a location, if it has one."""
        found: str | None = session.scalar(self.at(location, self.rows.digest))
        return found

    def put(self, session: Session, location: str, new: Mapping[str, Any], expected: Expected) -> T:
        """Give a location one, or another one, by columns; what is pinned stays where it is."""
        place = locations.lock(session, location)
        row = session.get(self.rows, place.id)
        before = None if row is None else self.get(session, location)
        if before is not None:
            expected.check(before, f"the {self.noun} of {location!r}")
        if row is None:
            row = self.rows(location_id=place.id)
            session.add(row)
        for column, value in {**new, "changed_at": func.clock_timestamp()}.items():
            setattr(row, column, value)
        session.flush()
        after = self.get(session, location)
        if before is None:
            audit.created(session, self.noun, location, after)
        else:
            audit.changed(session, self.noun, location, before, after)
        return after

    def repin(
        self,
        session: Session,
        location: str,
        new: Sequence[Pinned] | None,
        expected: Expected = WHATEVER,
    ) -> T:
        """Pin things to it, instead of those that were."""
        place = locations.lock(session, location)
        before = self.get(session, location)
        expected.check(before, f"the {self.noun} of {location!r}")
        if new is None:
            return before
        owner = getattr(self.pinned, self.owner)
        session.execute(delete_rows(self.pinned).where(owner == place.id))
        rows = [
            {self.owner: place.id, "sensor_id": sensor, "location_id": inner, **pin.where()}
            for pin, (sensor, inner) in zip(new, pins.ids_of(session, new), strict=True)
        ]
        if rows:
            session.execute(insert(self.pinned), rows)
        after = self.get(session, location)
        audit.changed(session, self.noun, location, before, after)
        return after

    def delete(self, session: Session, location: str, expected: Expected = WHATEVER) -> None:
        """Take it away, with all that is pinned to it."""
        place = locations.lock(session, location)
        before = self.get(session, location)
        expected.check(before, f"the {self.noun} of {location!r}")
        session.execute(delete_rows(self.rows).where(self.rows.location_id == place.id))
        session.expire_all()
        audit.deleted(session, self.noun, location, before)
