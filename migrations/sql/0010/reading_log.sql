-- Noting which hours of readings change, and refusing changes below the retention horizon. Can be run again.

CREATE OR REPLACE FUNCTION reading_refuse_purged(series_id int, raw_from timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'readings of % before % have been dropped by retention and cannot change',
    coalesce((SELECT sensor.identifier || '/' || measure.name
                FROM series s JOIN sensor ON sensor.id = s.sensor_id JOIN measure ON measure.id = s.measure_id
               WHERE s.id = reading_refuse_purged.series_id), 'series ' || reading_refuse_purged.series_id),
    to_char(raw_from AT TIME ZONE 'UTC', 'YYYY-MM-DD')
    USING ERRCODE = 'DT001';
END $$;

CREATE OR REPLACE FUNCTION reading_log_new() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE horizon timestamptz;
BEGIN
  IF NOT EXISTS (SELECT FROM changed) THEN RETURN NULL; END IF;  -- an upsert calls both triggers
  horizon := (SELECT max(raw_from) FROM reading_horizon);  -- its function would be planned at every call
  IF horizon > (SELECT min(time) FROM changed) THEN
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
CREATE OR REPLACE FUNCTION reading_log_old() RETURNS trigger LANGUAGE plpgsql AS $$
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

-- Nothing says afterwards what a TRUNCATE took, so the aggregates of all of it would stay.
CREATE OR REPLACE FUNCTION reading_refuse_truncate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('dtbase.purging', true) = 'on' THEN RETURN NULL; END IF;
  RAISE EXCEPTION 'readings cannot be truncated: their aggregates would stay'
    USING HINT = 'DELETE FROM reading, or delete the sensors with all that is stored of them.';
END $$;
