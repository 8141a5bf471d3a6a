"""How the twin's services are."""

from typing import Literal

from dtbase.domain.frozen import Frozen


class DatabaseHealth(Frozen):
    """The database: which edition of TimescaleDB it carries."""

    ok: bool
    edition: Literal["apache", "community"] | None = None


class QueueHealth(Frozen):
    """Redis, and how many workers listen."""

    ok: bool
    workers: int = 0


class AggregatesHealth(Frozen):
    """The log of changed hours that are not stored as aggregates yet."""

    pending: int = 0
    oldest_seconds: float | None = None


class Health(Frozen):
    """Whether everything that the API stands on answers."""

    status: Literal["ok", "degraded"]
    version: str
    commit: str | None = None
    database: DatabaseHealth
    redis: QueueHealth
    aggregates: AggregatesHealth
