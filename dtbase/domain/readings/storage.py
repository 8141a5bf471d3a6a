"""What the database looks like inside: tables, chunks, sizes, what is pending and what is kept."""

from typing import Literal

from dtbase.domain.frozen import Frozen
from dtbase.domain.health import AggregatesHealth
from dtbase.domain.readings.retention import Retention


class StoredTable(Frozen):
    """One table, or its compressed or uncompressed chunks; rows are estimated by PostgreSQL."""

    name: str
    compressed: bool | None = None
    chunks: int | None = None
    rows: int | None
    bytes: int

    @property
    def bytes_per_row(self) -> float | None:
        """Return what one row takes with its keys, if the number of rows is known."""
        return self.bytes / self.rows if self.rows else None


class StorageStatus(Frozen):
    """How the twin's data is stored."""

    postgresql: str
    timescaledb: str
    edition: Literal["apache", "community"]
    aggregates: Literal["native", "own tables"]
    database_bytes: int
    tables: tuple[StoredTable, ...]
    pending: AggregatesHealth
    retention: tuple[Retention, ...]
