"""What runs by itself."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import CheckConstraint, Identity, text
from sqlalchemy.orm import Mapped, mapped_column

from dtbase.storage.tables.base import Base


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
