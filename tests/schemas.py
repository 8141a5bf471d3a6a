"""A database's schema in words, so that two of them can be compared."""

import re

from sqlalchemy import Connection, text

ORDINARY = """
WITH not_of_extensions AS (
  SELECT oid FROM pg_class UNION ALL SELECT oid FROM pg_proc
  EXCEPT SELECT objid FROM pg_depend WHERE deptype = 'e'
), ours AS (
  SELECT * FROM pg_class
   WHERE relnamespace = 'public'::regnamespace AND oid IN (SELECT oid FROM not_of_extensions)
)
SELECT concat_ws(' ', 'relation', relname, relkind, reloptions, pg_get_viewdef(oid))
  FROM ours WHERE relkind IN ('r', 'v', 'm', 'S')
UNION ALL
SELECT concat_ws(' ', 'column', relname, attname, format_type(atttypid, atttypmod),
                 attnotnull, attidentity, attcompression, pg_get_expr(adbin, adrelid))
  FROM ours JOIN pg_attribute a ON a.attrelid = ours.oid AND attnum > 0 AND NOT attisdropped
  LEFT JOIN pg_attrdef ON (adrelid, adnum) = (attrelid, attnum)
 WHERE relkind IN ('r', 'v', 'm')
UNION ALL
SELECT concat_ws(' ', 'constraint', relname, conname, pg_get_constraintdef(k.oid), convalidated)
  FROM ours JOIN pg_constraint k ON conrelid = ours.oid
UNION ALL
SELECT concat_ws(' ', 'index', pg_get_indexdef(oid)) FROM ours WHERE relkind = 'i'
UNION ALL
SELECT concat_ws(' ', 'trigger', pg_get_triggerdef(t.oid), tgenabled)
  FROM ours JOIN pg_trigger t ON tgrelid = ours.oid AND NOT tgisinternal
UNION ALL
SELECT concat_ws(' ', 'function', pg_get_functiondef(oid)) FROM pg_proc
 WHERE pronamespace = 'public'::regnamespace AND oid IN (SELECT oid FROM not_of_extensions)
"""
HAS_TIMESCALEDB = "SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'timescaledb')"
TIMESCALEDB = """
SELECT concat_ws(' ', 'hypertable', hypertable_name, column_name, time_interval)
  FROM timescaledb_information.dimensions
UNION ALL
SELECT concat_ws(' ', 'compression', hypertable_name, attname, segmentby_column_index,
                 orderby_column_index, orderby_asc)
  FROM timescaledb_information.compression_settings
"""
NUMBERED = re.compile(r"(?<=_hypertable)_[0-9]+")
"""What TimescaleDB calls the tables that it makes by itself."""


def described(connection: Connection) -> list[str]:
    """Say all that a migration can make, one thing a line, in order."""
    lines = list(connection.scalars(text(ORDINARY)))
    if connection.scalar(text(HAS_TIMESCALEDB)):
        lines += connection.scalars(text(TIMESCALEDB))
    return sorted(NUMBERED.sub("", line) for line in lines)
