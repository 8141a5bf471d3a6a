-- Exact hourly and daily aggregates of readings, the part that both editions share.
--
--   reading_pending                  append-only log of hours whose readings changed since they were stored
--   reading_hour, reading_day        views, exact at every read: stored buckets, or raw ones where pending
--   reading_counter_hour             the same for counters: increase inside the hour, first and last value
--   CALL reading_refresh()           stores what is pending; one at a time; autocommit; safe to kill
--   reading_horizon                  from when on raw readings are there; older ones can never change
--   CALL reading_drop_raw(class, t)  retention: the only way in which raw readings may be dropped
--
-- The triggers' functions are in reading_log.sql. The stores reading_hour_stored and reading_day_stored come
-- from rollups_native.sql (continuous aggregates) or rollups_own.sql (our own tables), what fills them from
-- refresh.sql and the file of the same ending.

CREATE TABLE reading_pending (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  series_id int NOT NULL,
  bucket timestamptz NOT NULL,
  logged_at timestamptz NOT NULL DEFAULT now()
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
        autovacuum_analyze_scale_factor = 0, autovacuum_analyze_threshold = 5000);
CREATE INDEX ix_reading_pending_series_id_bucket ON reading_pending (series_id, bucket);

-- What counters gained inside each hour, from its first reading to its last, resets counted from zero.
CREATE TABLE reading_increase (
  series_id int NOT NULL,
  bucket timestamptz NOT NULL,
  increase double precision NOT NULL,
  CONSTRAINT pk_reading_increase PRIMARY KEY (series_id, bucket)
);

-- From when on a series still has its raw readings; the older ones were dropped by retention and live
-- on in the aggregates alone. Kept when a series is deleted: the highest horizon must never fall.
CREATE TABLE reading_horizon (
  series_id int NOT NULL,
  raw_from timestamptz NOT NULL,
  CONSTRAINT pk_reading_horizon PRIMARY KEY (series_id)
);
CREATE INDEX ix_reading_horizon_raw_from ON reading_horizon (raw_from);

-- Below this no native refresh may run: it would delete what raw readings no longer back.
CREATE FUNCTION reading_highest_horizon() RETURNS timestamptz LANGUAGE sql STABLE
RETURN (SELECT coalesce(max(raw_from), '-infinity') FROM reading_horizon);

CREATE TRIGGER log_insert AFTER INSERT ON reading REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION reading_log_new();
CREATE TRIGGER log_update AFTER UPDATE ON reading REFERENCING NEW TABLE AS changed
  FOR EACH STATEMENT EXECUTE FUNCTION reading_log_new();
CREATE TRIGGER log_move AFTER UPDATE ON reading FOR EACH ROW
  WHEN ((OLD.series_id, OLD.time) IS DISTINCT FROM (NEW.series_id, NEW.time))
  EXECUTE FUNCTION reading_log_old();
CREATE TRIGGER log_delete AFTER DELETE ON reading FOR EACH ROW EXECUTE FUNCTION reading_log_old();

-- The one definition of an hour from raw readings.
CREATE FUNCTION reading_hour_of(series int, bucket timestamptz)
RETURNS TABLE (n bigint, sum float8, min float8, max float8, first float8, last float8, sum_sin float8, sum_cos float8)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT count(*), sum(value), min(value), max(value), first(value, time), last(value, time),
         sum(sin(radians(value))), sum(cos(radians(value)))
    FROM reading
   WHERE series_id = reading_hour_of.series AND value IS NOT NULL
     AND time >= reading_hour_of.bucket AND time < reading_hour_of.bucket + interval '1 hour';
END;

-- What a counter gained inside one hour; a value below the one before it is a reset to zero.
CREATE FUNCTION reading_increase_of(series int, bucket timestamptz) RETURNS float8 LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT coalesce(sum(CASE WHEN value >= before THEN value - before WHEN value < before THEN value END), 0)
    FROM (SELECT value, lag(value) OVER (ORDER BY time) AS before FROM reading
           WHERE series_id = reading_increase_of.series AND value IS NOT NULL
             AND time >= reading_increase_of.bucket AND time < reading_increase_of.bucket + interval '1 hour') r;
END;
