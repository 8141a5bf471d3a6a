"""The life of stored readings: compressed when they grow old, dropped when nobody keeps them."""

from datetime import datetime, timedelta

import psycopg.errors as pg
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from dtbase.domain.readings.storage import StorageStatus, StoredTable
from dtbase.storage.readings import retention, rollups
from dtbase.storage.readings.rollups import procedures

ROUNDS = 3
"""So often is a chunk tried that somebody writes to at the moment."""

PATIENCE = timedelta(seconds=10)
ENABLE = text("CALL reading_enable_compression()")
OLD_CHUNKS = text("""
SELECT format('%I.%I', c.chunk_schema, c.chunk_name) FROM timescaledb_information.chunks c
  LEFT JOIN timescaledb_information.continuous_aggregates a
    ON (a.materialization_hypertable_schema, a.materialization_hypertable_name)
     = (c.hypertable_schema, c.hypertable_name)
 WHERE c.range_end <= :before
   AND current_setting('timescaledb.license') = 'timescale'
   AND ((c.hypertable_schema, c.hypertable_name) = (current_schema(), 'reading')
     OR (a.view_schema = current_schema() AND a.view_name = 'reading_hour_native'))
 ORDER BY c.range_start
""")
WAIT = text("SELECT set_config('lock_timeout', :patience, true)")
COMPRESS = text("SELECT compress_chunk(CAST(:chunk AS regclass), if_not_compressed => true)")
TAKEN = (pg.SerializationFailure, pg.LockNotAvailable, pg.DeadlockDetected)
"""What TimescaleDB ends a compression with when others write to the chunk."""

VERSIONS = text("""
SELECT current_setting('server_version'),
       (SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'),
       CASE current_setting('timescaledb.license')
         WHEN 'timescale' THEN 'community' ELSE 'apache' END,
       CASE WHEN to_regclass('reading_hour_native') IS NULL THEN 'own tables' ELSE 'native' END,
       pg_database_size(current_database())
""")
HYPERTABLES = text("""
WITH hypertable (name, table_schema, table_name) AS (
  SELECT hypertable_name, hypertable_schema, hypertable_name
    FROM timescaledb_information.hypertables WHERE hypertable_schema = current_schema()
  UNION ALL
  SELECT view_name, materialization_hypertable_schema, materialization_hypertable_name
    FROM timescaledb_information.continuous_aggregates WHERE view_schema = current_schema())
SELECT h.name, c.is_compressed, count(*),
       sum(approximate_row_count(format('%I.%I', c.chunk_schema, c.chunk_name)::regclass)),
       sum(s.total_bytes)
  FROM hypertable h
  JOIN timescaledb_information.chunks c
    ON (c.hypertable_schema, c.hypertable_name) = (h.table_schema, h.table_name)
  JOIN LATERAL chunks_detailed_size(format('%I.%I', h.table_schema, h.table_name)::regclass) s
    ON (s.chunk_schema, s.chunk_name) = (c.chunk_schema, c.chunk_name)
 GROUP BY 1, 2 ORDER BY min(h.table_schema) DESC, h.name DESC, c.is_compressed
""")
TABLES = text("""
SELECT relname, greatest(reltuples, 0), pg_total_relation_size(oid) FROM pg_class
 WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
   AND relname IN ('reading_hour_stored', 'reading_day_stored', 'reading_hour_override',
                   'reading_day_override', 'reading_inside', 'reading_pending')
 ORDER BY relname DESC
""")


def maintain(engine: Engine, now: datetime, compress_after: timedelta) -> int:
    """Drop what is no longer kept, then compress what is old, and return the chunks left over."""
    retention.apply(engine, now)
    return compress(engine, now - compress_after)


def compress(engine: Engine, before: datetime, patience: timedelta = PATIENCE) -> int:
    """Compress the chunks that end before a time; the Apache edition has nothing to do.

    Chunks that others write to are tried again behind the rest; return how many are left.
    """
    with procedures(engine) as connection:
        connection.execute(ENABLE)
        left = connection.scalars(OLD_CHUNKS, {"before": before}).all()
    for _ in range(ROUNDS):
        left = [chunk for chunk in left if not packed(engine, chunk, patience)]
    return len(left)


def packed(engine: Engine, chunk: str, patience: timedelta) -> bool:
    """Compress a chunk, also one into which late readings came since; tell whether it could be."""
    try:
        with engine.begin() as connection:
            connection.execute(WAIT, {"patience": f"{patience // timedelta(milliseconds=1)}ms"})
            connection.execute(COMPRESS, {"chunk": chunk})
    except DBAPIError as error:
        if isinstance(error.orig, TAKEN):
            return False
        raise
    return True


def status(session: Session) -> StorageStatus:
    """Describe how the twin's data is stored."""
    postgresql, timescaledb, edition, aggregates, size = session.execute(VERSIONS).one()
    return StorageStatus(
        postgresql=postgresql,
        timescaledb=timescaledb,
        edition=edition,
        aggregates=aggregates,
        database_bytes=size,
        tables=(*hypertables(session), *tables(session)),
        pending=rollups.backlog(session),
        retention=tuple(retention.list(session)),
    )


def hypertables(session: Session) -> list[StoredTable]:
    """Return the hypertables and native aggregates, compressed chunks apart from the others."""
    return [
        StoredTable(
            name=name,
            compressed=compressed,
            chunks=chunks,
            rows=int(rows) or None,
            bytes=int(size),
        )
        for name, compressed, chunks, rows, size in session.execute(HYPERTABLES)
    ]


def tables(session: Session) -> list[StoredTable]:
    """Return our own tables of aggregates, and their log."""
    return [
        StoredTable(name=name, rows=int(rows) or None, bytes=size)
        for name, rows, size in session.execute(TABLES)
    ]
