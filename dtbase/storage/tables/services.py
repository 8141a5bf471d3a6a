"""What runs by itself."""

import json
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Identity,
    Index,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from dtbase.storage.tables.base import Base
from dtbase.storage.tables.owned import Owned

STATUSES = "status IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')"
OPEN = "status IN ('queued', 'running')"


class Ordered(JSON):
    """A document whose keys keep their order: forms show fields as their author wrote them."""

    cache_ok = True

    def compare_values(self, x: object, y: object) -> bool:
        """Tell whether two are the same, order and all."""
        return json.dumps(x) == json.dumps(y)


class Service(Owned, Base):
    """What can be run; workers write down the Python ones that they find."""

    __tablename__ = "service"
    __table_args__ = (
        CheckConstraint("kind IN ('python', 'http')", name="kind"),
        CheckConstraint("(kind = 'http') = (url IS NOT NULL)", name="url"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    summary: Mapped[str | None]
    queue: Mapped[str]
    parameters_schema: Mapped[dict[str, Any]] = mapped_column(Ordered, server_default=text("'{}'"))
    version: Mapped[str | None]
    timeout: Mapped[int] = mapped_column(server_default=text("600"))
    retries: Mapped[int] = mapped_column(server_default=text("0"))
    backoff: Mapped[int] = mapped_column(server_default=text("30"))
    concurrency: Mapped[int | None]
    kept: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    """The limits that people have set, which a worker leaves as they are."""
    seen_at: Mapped[datetime | None]
    method: Mapped[str | None]
    url: Mapped[str | None]
    headers: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    secrets: Mapped[bytes | None]
    """The headers that nobody may see, encrypted."""
    secret_names: Mapped[list[str]] = mapped_column(server_default=text("'{}'"))
    max_answer_bytes: Mapped[int | None]


class ParameterSet(Owned, Base):
    """Parameters of a service under a name."""

    __tablename__ = "parameter_set"
    __table_args__ = (UniqueConstraint("service_id", "name"),)

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id", ondelete="CASCADE"))
    name: Mapped[str]
    description: Mapped[str | None]
    parameters: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    secrets: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    """What is hidden in the parameters, encrypted, by its place."""


class Schedule(Owned, Base):
    """When a service runs; `due_at` is the next tick and the jitter of it."""

    __tablename__ = "schedule"
    __table_args__ = (
        CheckConstraint("every > interval '0'", name="every"),
        CheckConstraint("num_nonnulls(cron, every) = 1", name="timing"),
        CheckConstraint("missed IN ('skip', 'once')", name="missed"),
        CheckConstraint("jitter >= 0", name="jitter"),
    )

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id"), index=True)
    parameter_set_id: Mapped[int | None] = mapped_column(ForeignKey("parameter_set.id"), index=True)
    parameters: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    secrets: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    cron: Mapped[str | None]
    every: Mapped[timedelta | None]
    start: Mapped[datetime | None]
    timezone: Mapped[str] = mapped_column(server_default="UTC")
    missed: Mapped[str] = mapped_column(server_default="once")
    jitter: Mapped[int] = mapped_column(server_default=text("0"))
    enabled: Mapped[bool] = mapped_column(server_default=text("true"))
    next_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None] = mapped_column(index=True)
    last_at: Mapped[datetime | None]


class ServiceRun(Base):
    """One run of a service; of a schedule there is one for each tick."""

    __tablename__ = "service_run"
    __table_args__ = (
        CheckConstraint(STATUSES, name="status"),
        UniqueConstraint("schedule_id", "tick"),
        Index("ix_service_run_service_id_id", "service_id", "id"),
        Index("ix_service_run_schedule_id_id", "schedule_id", "id"),
        Index("ix_service_run_open", "service_id", "status", postgresql_where=text(OPEN)),
        Index(
            "ix_service_run_parent_id",
            "parent_id",
            postgresql_where=text("parent_id IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    service_id: Mapped[int] = mapped_column(ForeignKey("service.id", ondelete="CASCADE"))
    parameter_set: Mapped[str | None]
    parameters: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    secrets: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    schedule_id: Mapped[int | None] = mapped_column(ForeignKey("schedule.id", ondelete="SET NULL"))
    tick: Mapped[datetime | None]
    asked_by: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("service_run.id", ondelete="CASCADE"))
    """The run that it is a part of."""
    awaits: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether it has parts, for whose end it waits without a worker."""
    status: Mapped[str] = mapped_column(server_default="queued")
    attempt: Mapped[int] = mapped_column(server_default=text("0"))
    outages: Mapped[int] = mapped_column(server_default=text("0"))
    """How many of its tries an outage took: they cost no retry."""
    delivery: Mapped[int] = mapped_column(server_default=text("0"))
    """How often the run was put back into the queue."""
    carrier: Mapped[str | None]
    """The job in whose process it runs, or ran."""
    not_before: Mapped[datetime | None]
    held: Mapped[bool] = mapped_column(server_default=text("false"))
    """Whether it waits for another run of its service to end."""
    done: Mapped[int | None] = mapped_column(BigInteger)
    total: Mapped[int | None] = mapped_column(BigInteger)
    message: Mapped[str | None]
    written: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    answer: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    reason: Mapped[str | None]
    cancel_asked_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    queued_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class ServiceRunLine(Base):
    """A line of a run's log."""

    __tablename__ = "service_run_log"
    __table_args__ = (Index("ix_service_run_log_run_id_id", "run_id", "id"),)

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("service_run.id", ondelete="CASCADE"))
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    line: Mapped[str]
