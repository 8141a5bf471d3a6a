"""How files are imported."""

from typing import Any

from sqlalchemy import Identity
from sqlalchemy.orm import Mapped, mapped_column

from dtbase.storage.tables.base import Base
from dtbase.storage.tables.owned import Owned


class ImportProfile(Owned, Base):
    """How the files of one kind are read."""

    __tablename__ = "import_profile"

    id: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    profile: Mapped[dict[str, Any]]
