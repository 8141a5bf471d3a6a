-- Exact hourly and daily aggregates of readings, the part that both editions share.
--
--   reading_pending                  append-only log of hours whose readings changed since they were stored
--   reading_hour, reading_day        views, exact at every read: stored buckets, or raw ones where pending
--   reading_counter_hour             the same for counters: increase inside the hour, first and last value
--   CALL reading_refresh()           stores what is pending; one at a time; autocommit; safe to kill
--   reading_horizon                  from when on raw readings are there; older ones can never change
--   CALL reading_drop_raw(class, t)  retention: the only way in which raw readings may be dropped
--
-- The stores reading_hour_stored and reading_day_stored come from rollups_native.sql (continuous
-- aggregates) or rollups_own.sql (our own tables), read after this file's first part.

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

CREATE FUNCTION reading_refuse_purged(series_id int, raw_from timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'readings of % before % have been dropped by retention and cannot change',
    coalesce((SELECT sensor.identifier || '/' || measure.name
                FROM series s JOIN sensor ON sensor.id = s.sensor_id JOIN measure ON measure.id = s.measure_id
               WHERE s.id = reading_refuse_purged.series_id), 'series ' || reading_refuse_purged.series_id),
    to_char(raw_from AT TIME ZONE 'UTC', 'YYYY-MM-DD')
    USING ERRCODE = 'DT001';
END $$;

CREATE FUNCTION reading_log_new() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE horizon timestamptz := reading_highest_horizon();
BEGIN
  IF horizon > '-infinity' AND (SELECT min(time) FROM changed) < horizon THEN
    PERFORM reading_refuse_purged(h.series_id, h.raw_from)
       FROM changed c JOIN reading_horizon h ON h.series_id = c.series_id AND c.time < h.raw_from LIMIT 1;
  END IF;
  INSERT INTO reading_pending (series_id, bucket)
    SELECT DISTINCT series_id, time_bucket('1 hour', time) FROM changed
     WHERE value IS NOT NULL OR TG_OP = 'UPDATE'  -- an update may have taken a number away
     ORDER BY 1, 2;  -- so that the refresh meets the hours of a backfill side by side
  RETURN NULL;
END $$;

-- Row level: a statement trigger with a transition table makes the Community edition refuse compression.
CREATE FUNCTION reading_log_old() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE horizon timestamptz := (SELECT raw_from FROM reading_horizon WHERE series_id = OLD.series_id);
BEGIN
  IF OLD.time < horizon THEN
    -- only reading_purge() says this, and only below the horizon does it count
    IF current_setting('dtbase.purging', true) = 'on' THEN RETURN NULL; END IF;
    PERFORM reading_refuse_purged(OLD.series_id, horizon);
  END IF;
  INSERT INTO reading_pending (series_id, bucket)
    SELECT OLD.series_id, time_bucket('1 hour', OLD.time) WHERE OLD.value IS NOT NULL;
  RETURN NULL;
END $$;

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

CREATE PROCEDURE reading_store_increase(changed reading_pending[]) LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM reading_increase i USING unnest(changed) p WHERE (i.series_id, i.bucket) = (p.series_id, p.bucket);
  INSERT INTO reading_increase
    SELECT p.series_id, p.bucket, reading_increase_of(p.series_id, p.bucket)
      FROM (SELECT DISTINCT series_id, bucket FROM unnest(changed)) p
      JOIN series s ON s.id = p.series_id JOIN measure m ON m.id = s.measure_id AND m.statistic = 'counter';
END $$;
