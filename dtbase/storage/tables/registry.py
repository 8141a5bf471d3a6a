"""What the twin is made of: measures, sensors, places, series."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dtbase.storage.tables.base import Base
from dtbase.storage.tables.owned import Owned

STATISTICS = "statistic IN ('mean', 'total', 'counter', 'circular', 'level', 'net', 'state')"
OPTIONS = JSONB(none_as_null=True)
SAID = JSONB(none_as_null=True)
"""Rules; nothing where nothing is said."""


class Twin(Base):
    """The one row about the twin as a whole."""

    __tablename__ = "twin"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, server_default=text("1"))
    name: Mapped[str]
    timezone: Mapped[str] = mapped_column(server_default="UTC")
    notice: Mapped[str | None]


class Retention(Owned, Base):
    """A class of measures whose raw readings are kept equally long; aggregates stay."""

    __tablename__ = "retention"
    __table_args__ = (CheckConstraint("keep_days > 0", name="keep_days"),)

    name: Mapped[str] = mapped_column("class", primary_key=True)
    keep_days: Mapped[int | None]


class Measure(Owned, Base):
    """A quantity with its unit."""

    __tablename__ = "measure"
    __table_args__ = (
        UniqueConstraint("name", "unit", postgresql_nulls_not_distinct=True),
        CheckConstraint("datatype IN ('float', 'integer', 'boolean', 'string')", name="datatype"),
        CheckConstraint(STATISTICS, name="statistic"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str]
    unit: Mapped[str | None]
    datatype: Mapped[str]
    statistic: Mapped[str]
    options: Mapped[dict[str, Any] | None] = mapped_column(OPTIONS)
    stamps: Mapped[dict[str, Any] | None] = mapped_column(OPTIONS)
    retention: Mapped[str] = mapped_column(
        ForeignKey("retention.class"), server_default=text("'default'")
    )
    rules: Mapped[dict[str, Any] | None] = mapped_column(SAID)


class StatisticOverride(Base):
    """What a sensor type, or one sensor, says of a measure's statistic instead of the measure."""

    __tablename__ = "statistic_override"
    __table_args__ = (
        UniqueConstraint("sensor_type_id", "measure_id"),
        UniqueConstraint("sensor_id", "measure_id"),
        CheckConstraint(STATISTICS, name="statistic"),
        CheckConstraint("num_nonnulls(sensor_type_id, sensor_id) = 1", name="one_owner"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    sensor_type_id: Mapped[int | None] = mapped_column(
        ForeignKey("sensor_type.id", ondelete="CASCADE")
    )
    sensor_id: Mapped[int | None] = mapped_column(ForeignKey("sensor.id", ondelete="CASCADE"))
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id", ondelete="CASCADE"))
    statistic: Mapped[str]
    options: Mapped[dict[str, Any] | None] = mapped_column(OPTIONS)


class SensorTypeMeasure(Base):
    """Which measures the sensors of a type take, in order."""

    __tablename__ = "sensor_type_measure"

    sensor_type_id: Mapped[int] = mapped_column(
        ForeignKey("sensor_type.id", ondelete="CASCADE"), primary_key=True
    )
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"), primary_key=True, index=True)
    position: Mapped[int]
    rules: Mapped[dict[str, Any] | None] = mapped_column(SAID)
    measure: Mapped[Measure] = relationship(lazy="raise", viewonly=True)


class SensorType(Owned, Base):
    """A kind of sensor."""

    __tablename__ = "sensor_type"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str | None]
    links: Mapped[list[SensorTypeMeasure]] = relationship(
        order_by=SensorTypeMeasure.position, lazy="raise", viewonly=True
    )


class LocationSchema(Owned, Base):
    """A kind of location: which coordinates its locations have."""

    __tablename__ = "location_schema"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str | None]
    fields: Mapped[list["LocationField"]] = relationship(
        order_by="LocationField.position", lazy="raise", viewonly=True
    )


class LocationField(Base):
    """One coordinate of the locations of a schema."""

    __tablename__ = "location_field"
    __table_args__ = (
        CheckConstraint("datatype IN ('float', 'integer', 'boolean', 'string')", name="datatype"),
    )

    schema_id: Mapped[int] = mapped_column(
        ForeignKey("location_schema.id", ondelete="CASCADE"), primary_key=True
    )
    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int]
    datatype: Mapped[str]
    unit: Mapped[str | None]
    required: Mapped[bool] = mapped_column(server_default=text("true"))


class Location(Owned, Base):
    """A place, which may stand in another one."""

    __tablename__ = "location"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    identifier: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"), index=True)
    schema_id: Mapped[int | None] = mapped_column(ForeignKey("location_schema.id"), index=True)
    coordinates: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))


class Sensor(Owned, Base):
    """A device, or a feed that behaves like one."""

    __tablename__ = "sensor"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    identifier: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str | None]
    notes: Mapped[str | None]
    sensor_type_id: Mapped[int] = mapped_column(ForeignKey("sensor_type.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Installation(Owned, Base):
    """From when on a sensor stands at a location, or nowhere."""

    __tablename__ = "installation"
    __table_args__ = (UniqueConstraint("sensor_id", "since"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensor.id", ondelete="CASCADE"))
    since: Mapped[datetime]
    location_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"), index=True)


class Series(Base):
    """One measure of one sensor; the key of every reading."""

    __tablename__ = "series"
    __table_args__ = (
        UniqueConstraint("sensor_id", "measure_id"),
        Index("ix_series_unjudged", "id", postgresql_where=text("unjudged > 0")),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensor.id", ondelete="CASCADE"))
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"), index=True)
    own_rules: Mapped[dict[str, Any] | None] = mapped_column(SAID)
    rules: Mapped[str | None]
    unjudged: Mapped[int] = mapped_column(server_default=text("0"))
    """How often rules have changed since what is stored was judged."""

    corrected: Mapped[bool] = mapped_column(server_default=text("false"))


class Note(Base):
    """What somebody says of a series, a sensor or a location at a time or over a range."""

    __tablename__ = "note"
    __table_args__ = (
        CheckConstraint("num_nonnulls(series_id, sensor_id, location_id) = 1", name="subject"),
        CheckConstraint("until > start", name="until"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    text: Mapped[str]
    start: Mapped[datetime]
    until: Mapped[datetime | None]
    series_id: Mapped[int | None] = mapped_column(
        ForeignKey("series.id", ondelete="CASCADE"), index=True
    )
    sensor_id: Mapped[int | None] = mapped_column(
        ForeignKey("sensor.id", ondelete="CASCADE"), index=True
    )
    location_id: Mapped[int | None] = mapped_column(
        ForeignKey("location.id", ondelete="CASCADE"), index=True
    )
    author_id: Mapped[int | None] = mapped_column(
        ForeignKey("user_account.id", ondelete="SET NULL"), index=True
    )
    author: Mapped[str]
    """Kept when the account goes."""
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
