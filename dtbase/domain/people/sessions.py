"""Log-ins that are still open."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from dtbase.domain.frozen import Frozen


class OpenSession(Frozen):
    """One log-in of somebody, which lasts until it is ended or too old."""

    id: UUID
    started_at: datetime
    used_at: datetime = Field(description="When it last asked for new tokens.")
    expires_at: datetime
    current: bool = Field(description="Whether it is the one that asks.")
