"""How files are imported."""

from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Identity, Integer, func, text
from sqlalchemy.orm import Mapped, mapped_column

from dtbase.storage.tables.base import Base
from dtbase.storage.tables.owned import Owned


class ImportProfile(Owned, Base):
    """How the files of one kind are read."""

    __tablename__ = "import_profile"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    profile: Mapped[dict[str, Any]]


class Import(Base):
    """One file that was read into the twin."""

    __tablename__ = "import"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    file: Mapped[str]
    kind: Mapped[str]
    profile: Mapped[dict[str, Any] | None]
    report: Mapped[dict[str, Any]]
    made_by: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[str | None]
    removed: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    restored: Mapped[int] = mapped_column(BigInteger, server_default=text("0"))
    path: Mapped[str | None] = mapped_column(index=True)
    """Of a file in the worker's folder."""
    progress: Mapped[dict[str, Any] | None]
    """How far such a file was read, and as what it was found."""


class ImportPart(Base):
    """Some readings that an import stored, packed, with what they replaced."""

    __tablename__ = "import_part"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    import_id: Mapped[int] = mapped_column(ForeignKey("import.id", ondelete="CASCADE"), index=True)
    series_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer))
    readings: Mapped[int]
    latest: Mapped[datetime]
    content: Mapped[bytes]
