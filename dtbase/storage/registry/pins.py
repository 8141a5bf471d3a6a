"""What is pinned to a floor plan or to a shape: sensors and locations that there must be."""

from collections.abc import Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from dtbase.domain.registry.pins import Pinned
from dtbase.errors import Invalid, Violation
from dtbase.storage import tables
from dtbase.storage.registry import locations


def ids_of(session: Session, pins: Sequence[Pinned]) -> list[tuple[int | None, int | None]]:
    """Return the id of each pin's sensor or location, or refuse those that there are not."""
    names = [pin.of for pin in pins]
    sensors = sensor_ids(session, [sensor for sensor, _ in names if sensor])
    places = locations.ids_of(session, [place for _, place in names if place])
    violations = [
        Violation(field=f"pins.{at}.{noun}", rule=f"no {noun} {name!r}")
        for at, of in enumerate(names)
        for noun, name, known in zip(("sensor", "location"), of, (sensors, places), strict=True)
        if name is not None and name not in known
    ]
    if violations:
        raise Invalid(violations[0]["rule"], violations=violations)
    return [
        (sensors[sensor] if sensor else None, places[place] if place else None)
        for sensor, place in names
    ]


def sensor_ids(session: Session, identifiers: Sequence[str]) -> Mapping[str, int]:
    """Return the ids of those sensors that there are, held until the transaction ends."""
    query = (
        select(tables.Sensor.identifier, tables.Sensor.id)
        .where(tables.Sensor.identifier.in_({*identifiers}))
        .with_for_update(read=True, key_share=True)
    )
    return {row.identifier: row.id for row in session.execute(query)}
