"""Models, and their runs."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from dtbase.storage.tables.base import Base
from dtbase.storage.tables.owned import Owned

ENDED = "status IN ('succeeded', 'failed', 'cancelled')"
HAS_LIFE = "num_nonnulls(status, service_run_id) > 0"
"""What has not ended waits for a run of a service."""


class Model(Owned, Base):
    """A way of predicting."""

    __tablename__ = "model"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    description: Mapped[str | None]


class Scenario(Owned, Base):
    """The circumstances under which a model is run."""

    __tablename__ = "scenario"
    __table_args__ = (UniqueConstraint("model_id", "name"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    model_id: Mapped[int] = mapped_column(ForeignKey("model.id", ondelete="CASCADE"))
    name: Mapped[str]
    description: Mapped[str | None]
    parameters: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))


class Run(Base):
    """What one use of a model has left: how it ended, and what it predicts."""

    __tablename__ = "run"
    __table_args__ = (
        CheckConstraint(ENDED, name="status"),
        CheckConstraint(HAS_LIFE, name="life"),
        Index(
            "ix_run_service_run_id",
            "service_run_id",
            postgresql_where=text("service_run_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    scenario_id: Mapped[int] = mapped_column(ForeignKey("scenario.id"), index=True)
    target_id: Mapped[int | None] = mapped_column(
        ForeignKey("series.id", ondelete="CASCADE"), index=True
    )
    horizon: Mapped[int | None]
    parameters: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    service_run_id: Mapped[int | None] = mapped_column(
        ForeignKey("service_run.id", ondelete="SET NULL")
    )
    """The run of a service that makes it, or made it."""
    status: Mapped[str | None]
    """How it ended; until then it is as the run of the service is."""
    reason: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    issued_at: Mapped[datetime | None] = mapped_column(index=True)
    origin: Mapped[str | None] = mapped_column(unique=True)
    """What made it, for one that must not be made twice."""


class RunOutput(Base):
    """One measure that a run predicts, with its interval levels; the key of every prediction."""

    __tablename__ = "run_output"
    __table_args__ = (
        UniqueConstraint("run_id", "measure_id", "series_id", postgresql_nulls_not_distinct=True),
        Index(None, "series_id", "ends_at"),
        Index(
            "ix_run_output_unscored",
            "id",
            postgresql_where=text("scored_at IS NULL AND series_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id", ondelete="CASCADE"))
    measure_id: Mapped[int] = mapped_column(ForeignKey("measure.id"), index=True)
    series_id: Mapped[int | None] = mapped_column(ForeignKey("series.id", ondelete="CASCADE"))
    levels: Mapped[list[float]] = mapped_column(server_default=text("'{}'"))
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    step: Mapped[timedelta | None]
    scored_at: Mapped[datetime | None]
    """Empty while it is new, or readings that it predicts have changed."""
