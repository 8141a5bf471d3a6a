"""What is read while somebody else changes it is as it was before or after, and no mixture."""

import pytest
from sqlalchemy import event

from dtbase.domain.registry.locations import LocationField, LocationSchema, LocationSchemaChange
from dtbase.domain.registry.measures import Datatype
from dtbase.storage.database import get_reading_engine, reading, transaction
from dtbase.storage.registry import location_schemas

BEFORE = LocationSchema(
    name="point", description="flat", fields=[LocationField(name="x", datatype=Datatype.FLOAT)]
)
AFTER = LocationSchemaChange(
    description="upright", fields=[LocationField(name="y", datatype=Datatype.FLOAT)]
)


@pytest.mark.usefixtures("own_environment")
def test_a_location_schema_is_read_with_its_own_fields() -> None:
    with transaction() as session:
        location_schemas.add(session, BEFORE)

    def change(*_: object) -> None:
        with transaction() as session:
            location_schemas.update(session, "point", AFTER)

    event.listen(get_reading_engine(), "after_cursor_execute", change, once=True)
    with reading() as session:
        assert location_schemas.get(session, "point") == BEFORE
    with reading() as session:
        assert location_schemas.get(session, "point").description == "upright"
