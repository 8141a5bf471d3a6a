"""The registry's tables; readings and predictions live in hypertables (migrations/sql)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Interval,
    MetaData,
    String,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship


class Base(DeclarativeBase):
    """Base class of every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: DateTime(timezone=True),
        timedelta: Interval,
        dict[str, Any]: JSONB,
        list[float]: ARRAY(Double),
        list[str]: ARRAY(String),
    }


class Twin(Base):
    """The one row about the twin as a whole."""

    __tablename__ = "twin"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, server_default=text("1"))
    name: Mapped[str]
    timezone: Mapped[str] = mapped_column(server_default="UTC")
    notice: Mapped[str | None]


class User(Base):
    """Somebody who can log in."""

    __tablename__ = "user_account"
    __table_args__ = (CheckConstraint("role IN ('viewer', 'editor', 'admin')", name="role"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str]
    role: Mapped[str]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class RefreshToken(Base):
    """A refresh token by its hash; a family is one log-in and its rotations."""

    __tablename__ = "refresh_token"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    user_id: Mapped[int] = mapped_column(
        ForeignKey("user_account.id", ondelete="CASCADE"), index=True
    )
    family: Mapped[UUID] = mapped_column(index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class ApiKey(Base):
    """A key of a device or a script by the hash of its secret; a limited one has its sensors."""

    __tablename__ = "api_key"
    __table_args__ = (
        CheckConstraint("role IN ('viewer', 'editor', 'admin')", name="role"),
        UniqueConstraint("user_id", "name"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    name: Mapped[str]
    secret_hash: Mapped[bytes]
    role: Mapped[str]
    scopes: Mapped[list[str]]
    limited: Mapped[bool]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]


class ApiKeySensor(Base):
    """A sensor that a limited key may push to; without any it may push to none."""

    __tablename__ = "api_key_sensor"

    key_id: Mapped[int] = mapped_column(
        ForeignKey("api_key.id", ondelete="CASCADE"), primary_key=True
    )
    sensor_id: Mapped[int] = mapped_column(
        ForeignKey("sensor.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Retention(Base):
    """A class of measures whose raw readings are kept equally long; aggregates stay."""

    __tablename__ = "retention"
    __table_args__ = (CheckConstraint("keep_days > 0", name="keep_days"),)

    name: Mapped[str] = mapped_column("class", primary_key=True)
    keep_days: Mapped[int | None]


class Measure(Base):
    """A quantity with its unit."""

    __tablename__ = "measure"
    __table_args__ = (
        UniqueConstraint("name", "unit", postgresql_nulls_not_distinct=True),
        CheckConstraint("datatype IN ('float', 'integer', 'boolean', 'string')", name="datatype"),
        CheckConstraint("statistic IN ('mean', 'total', 'counter', 'circular')", name="statistic"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str]
    unit: Mapped[str | None]
    datatype: Mapped[str]
    statistic: Mapped[str]
    retention: Mapped[str] = mapped_column(
        ForeignKey("retention.class"), server_default=text("'default'")
    )


class SensorTypeMeasure(Base):
    """Which measures the sensors of a type take, in order."""

    __tablename__ = "sensor_type_measure"

    sensor_type_id: Mapped[int] = mapped_column(
        ForeignKey("sensor_type.id", ondelete="CASCADE"), primary_key=True
    )
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"), primary_key=True, index=True)
    position: Mapped[int]


class SensorType(Base):
    """A kind of sensor."""

    __tablename__ = "sensor_type"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str | None]
    measures: Mapped[list[Measure]] = relationship(
        secondary="sensor_type_measure",
        order_by="SensorTypeMeasure.position",
        lazy="raise",
        viewonly=True,
    )


class LocationSchema(Base):
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


class Location(Base):
    """A place, which may stand in another one."""

    __tablename__ = "location"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    identifier: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"), index=True)
    schema_id: Mapped[int | None] = mapped_column(ForeignKey("location_schema.id"), index=True)
    coordinates: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))


class Sensor(Base):
    """A device, or a feed that behaves like one."""

    __tablename__ = "sensor"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    identifier: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str | None]
    notes: Mapped[str | None]
    sensor_type_id: Mapped[int] = mapped_column(ForeignKey("sensor_type.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Installation(Base):
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
    __table_args__ = (UniqueConstraint("sensor_id", "measure_id"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    sensor_id: Mapped[int] = mapped_column(ForeignKey("sensor.id", ondelete="CASCADE"))
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"), index=True)


class Model(Base):
    """A way of predicting."""

    __tablename__ = "model"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str | None]


class Scenario(Base):
    """The circumstances under which a model is run."""

    __tablename__ = "scenario"
    __table_args__ = (UniqueConstraint("model_id", "name"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("model.id", ondelete="CASCADE"))
    name: Mapped[str]
    description: Mapped[str | None]
    parameters: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))


class Run(Base):
    """One use of a model."""

    __tablename__ = "run"
    __table_args__ = (
        CheckConstraint(
            "status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')", name="status"
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    scenario_id: Mapped[int] = mapped_column(ForeignKey("scenario.id"), index=True)
    target_id: Mapped[int | None] = mapped_column(
        ForeignKey("series.id", ondelete="CASCADE"), index=True
    )
    horizon: Mapped[int | None]
    parameters: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    status: Mapped[str]
    reason: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    issued_at: Mapped[datetime | None] = mapped_column(index=True)


class RunOutput(Base):
    """One measure that a run predicts, with its interval levels; the key of every prediction."""

    __tablename__ = "run_output"
    __table_args__ = (
        UniqueConstraint("run_id", "measure_id", "series_id", postgresql_nulls_not_distinct=True),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"))
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"), index=True)
    series_id: Mapped[int | None] = mapped_column(
        ForeignKey("series.id", ondelete="CASCADE"), index=True
    )
    levels: Mapped[list[float]] = mapped_column(server_default=text("'{}'"))


class Schedule(Base):
    """A job that runs again and again; due ones are enqueued exactly once."""

    __tablename__ = "schedule"
    __table_args__ = (CheckConstraint("every > interval '0'", name="every"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    job: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    every: Mapped[timedelta]
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    next_at: Mapped[datetime] = mapped_column(index=True)
    last_at: Mapped[datetime | None]


class AuditEntry(Base):
    """One change of anything: who, when, what, before and after."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        CheckConstraint("action IN ('created', 'changed', 'deleted')", name="action"),
        Index("ix_audit_entry_noun_name", "noun", "name"),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp(), index=True)
    actor: Mapped[str] = mapped_column(index=True)
    action: Mapped[str]
    noun: Mapped[str]
    name: Mapped[str]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
