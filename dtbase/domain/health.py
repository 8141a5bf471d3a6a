"""How the twin's database and queue are."""

from typing import Literal

from pydantic import Field

from dtbase.domain.frozen import Frozen


class DatabaseHealth(Frozen):
    """The database: which edition of TimescaleDB it carries."""

    ok: bool
    edition: Literal["apache", "community"] | None = None
    full: bool = Field(False, description="Whether its disk had no space in the last minute.")


class QueueHealth(Frozen):
    """Redis, and how many workers are alive; null if nobody can know."""

    ok: bool
    workers: int | None = None


class AggregatesHealth(Frozen):
    """The log of changed hours that are not stored as aggregates yet; null if nobody can know."""

    pending: int | None = None
    oldest_seconds: float | None = None


class QualityHealth(Frozen):
    """How many readings are set aside, by rule; null if nobody can know."""

    set_aside: dict[str, int] | None = None


class Health(Frozen):
    """Whether everything that a twin needs is there: database, queue, and somebody who works."""

    status: Literal["ok", "degraded"]
    version: str
    commit: str | None = None
    database: DatabaseHealth
    redis: QueueHealth
    aggregates: AggregatesHealth
    quality: QualityHealth = QualityHealth()

    @property
    def serves(self) -> bool:
        """Tell whether requests can be answered, though perhaps nobody carries out jobs."""
        return self.database.ok and self.redis.ok
