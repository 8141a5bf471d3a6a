"""What was changed."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from dtbase.storage.tables.base import Base


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
