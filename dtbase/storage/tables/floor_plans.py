"""Pictures of locations, and what is pinned to them."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Identity, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from dtbase.storage.tables.base import Base


class FloorPlan(Base):
    """The picture of a location."""

    __tablename__ = "floor_plan"

    location_id: Mapped[int] = mapped_column(
        ForeignKey("location.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    media_type: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    digest: Mapped[str]
    image: Mapped[bytes] = mapped_column(deferred=True)
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class FloorPlanPin(Base):
    """Where a sensor or a location is on the picture of another."""

    __tablename__ = "floor_plan_pin"
    __table_args__ = (
        UniqueConstraint("floor_plan_id", "sensor_id"),
        UniqueConstraint("floor_plan_id", "location_id"),
        CheckConstraint("num_nonnulls(sensor_id, location_id) = 1", name="one_thing"),
        CheckConstraint("x BETWEEN 0 AND 1 AND y BETWEEN 0 AND 1", name="inside"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    floor_plan_id: Mapped[int] = mapped_column(
        ForeignKey("floor_plan.location_id", ondelete="CASCADE")
    )
    sensor_id: Mapped[int | None] = mapped_column(
        ForeignKey("sensor.id", ondelete="CASCADE"), index=True
    )
    location_id: Mapped[int | None] = mapped_column(
        ForeignKey("location.id", ondelete="CASCADE"), index=True
    )
    x: Mapped[float]
    y: Mapped[float]
