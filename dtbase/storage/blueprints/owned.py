"""Who owns the things of the registry, and giving them to another owner."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Select, SQLColumnExpression, func, select, update
from sqlalchemy.orm import Session

from dtbase.domain.blueprints.documents import Kind, stay_name
from dtbase.domain.owners import Owner
from dtbase.storage import tables


def plain(name: str) -> str:
    return name


class Named(NamedTuple):
    """How the rows of a kind are found by what a document calls them."""

    table: Any
    parts: Select[*tuple[Any, ...]]
    """The key, the owner, and what the name is made of."""

    name: Callable[..., str] = plain


def rows(
    table: Any, key: SQLColumnExpression[Any], *parts: SQLColumnExpression[Any]
) -> Select[Any]:
    """Select the key and the owner of rows, and what their names are made of."""
    return select(key, table.owner, *parts)


def by_name(table: Any) -> Named:
    """Find rows by a column `name`."""
    return Named(table, rows(table, table.id, table.name))


def by_identifier(table: Any) -> Named:
    """Find rows by a column `identifier`."""
    return Named(table, rows(table, table.id, table.identifier))


def part_of(table: Any, whole: Any) -> Named:
    """Find rows by the name of what they are a part of, and their own."""
    return Named(
        table,
        rows(table, table.id, whole.name + "/" + table.name).join(whole),
    )


UNIT = func.coalesce(" [" + tables.Measure.unit + "]", "")
NAMED: Mapping[Kind, Named] = {
    Kind.MEASURE: Named(
        tables.Measure, rows(tables.Measure, tables.Measure.id, tables.Measure.name + UNIT)
    ),
    Kind.RETENTION: Named(
        tables.Retention, rows(tables.Retention, tables.Retention.name, tables.Retention.name)
    ),
    Kind.SENSOR_TYPE: by_name(tables.SensorType),
    Kind.LOCATION_SCHEMA: by_name(tables.LocationSchema),
    Kind.LOCATION: by_identifier(tables.Location),
    Kind.SENSOR: by_identifier(tables.Sensor),
    Kind.INSTALLATION: Named(
        tables.Installation,
        rows(
            tables.Installation,
            tables.Installation.id,
            tables.Sensor.identifier,
            tables.Installation.since,
        ).join(tables.Sensor),
        stay_name,
    ),
    Kind.MODEL: by_name(tables.Model),
    Kind.SCENARIO: part_of(tables.Scenario, tables.Model),
    Kind.SERVICE: by_name(tables.Service),
    Kind.PARAMETER_SET: part_of(tables.ParameterSet, tables.Service),
    Kind.SCHEDULE: by_name(tables.Schedule),
    Kind.IMPORT_PROFILE: by_name(tables.ImportProfile),
}


class Row(NamedTuple):
    """The key of a thing's row, and whose the thing is."""

    key: Any
    owner: Owner


def find(session: Session, kind: Kind) -> Mapping[str, Row]:
    """Return the rows of a kind by what a document calls them."""
    named = NAMED[kind]
    found = session.execute(named.parts)
    return {named.name(*parts): Row(key, Owner(owner)) for key, owner, *parts in found}


def give(session: Session, kind: Kind, names: Collection[str], owner: Owner) -> None:
    """Make things somebody's, those that are not yet."""
    found = find(session, kind)
    keys = [found[name].key for name in names if name in found and found[name].owner is not owner]
    table = NAMED[kind].table
    key = table.name if kind is Kind.RETENTION else table.id
    session.execute(update(table).where(key.in_(keys)).values(owner=owner))
