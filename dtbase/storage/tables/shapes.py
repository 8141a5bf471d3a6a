"""Shapes of locations, and what is pinned to them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from dtbase.storage.tables.base import Base


class Shape(Base):
    """The .glb of a location."""

    __tablename__ = "shape"

    location_id: Mapped[int] = mapped_column(
        ForeignKey("location.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    digest: Mapped[str]
    vertices: Mapped[int]
    content: Mapped[bytes] = mapped_column(deferred=True)
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ShapePin(Base):
    """Where a sensor or a location is in the shape of another."""

    __tablename__ = "shape_pin"
    __table_args__ = (
        UniqueConstraint("shape_id", "sensor_id"),
        UniqueConstraint("shape_id", "location_id"),
        CheckConstraint("num_nonnulls(sensor_id, location_id) = 1", name="one_thing"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    shape_id: Mapped[int] = mapped_column(ForeignKey("shape.location_id", ondelete="CASCADE"))
    sensor_id: Mapped[int | None] = mapped_column(
        ForeignKey("sensor.id", ondelete="CASCADE"), index=True
    )
    location_id: Mapped[int | None] = mapped_column(
        ForeignKey("location.id", ondelete="CASCADE"), index=True
    )
    x: Mapped[float]
    y: Mapped[float]
    z: Mapped[float]
