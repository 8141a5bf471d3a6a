"""Stored aggregates, held against the raw readings in SQL."""

from sqlalchemy import Engine, text

VIEW_AGAINST_RAW = text("""
SELECT count(*) FROM (
  SELECT series_id, bucket, n, round(sum::numeric, 6), min, max, first, last FROM reading_hour
  EXCEPT SELECT series_id, time_bucket('1 hour', time), count(*), round(sum(value)::numeric, 6),
    min(value), max(value), first(value, time), last(value, time)
    FROM reading WHERE value IS NOT NULL GROUP BY 1, 2) wrong
""")
DAY_AGAINST_RAW = text("""
SELECT count(*) FROM (
  SELECT series_id, time_bucket('1 day', time), count(*), round(sum(value)::numeric, 6),
    min(value), max(value), first(value, time), last(value, time)
    FROM reading WHERE value IS NOT NULL GROUP BY 1, 2
  EXCEPT SELECT series_id, bucket, n, round(sum::numeric, 6), min, max, first, last
    FROM reading_day) wrong
""")


def mismatches(engine: Engine) -> int:
    """Count the stored or pending buckets that differ from the raw readings, in one snapshot."""
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        wrong = connection.scalar(VIEW_AGAINST_RAW), connection.scalar(DAY_AGAINST_RAW)
        return sum(number or 0 for number in wrong)
