-- Storing what is pending in continuous aggregates: the Community edition. Can be run again.

CREATE OR REPLACE PROCEDURE reading_store_override(changed reading_pending[]) LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET enable_bitmapscan = off AS $$
BEGIN
  IF changed = '{}' THEN RETURN; END IF;
  DELETE FROM reading_hour_override h USING unnest(changed) p WHERE (h.series_id, h.bucket) = (p.series_id, p.bucket);
  INSERT INTO reading_hour_override
    SELECT p.series_id, p.bucket, x.* FROM unnest(changed) p CROSS JOIN LATERAL reading_hour_of(p.series_id, p.bucket) x;
  DELETE FROM reading_day_override d USING unnest(changed) p
   WHERE (d.series_id, d.bucket) = (p.series_id, time_bucket('1 day', p.bucket));
  INSERT INTO reading_day_override
    SELECT p.series_id, p.bucket, x.*
      FROM (SELECT DISTINCT series_id, time_bucket('1 day', bucket) AS bucket FROM unnest(changed)) p
     CROSS JOIN LATERAL (
       SELECT coalesce(sum(n), 0)::bigint, sum(sum), min(min), max(max), first(first, bucket), last(last, bucket), sum(sum_sin), sum(sum_cos)
         FROM reading_hour_stored h
        WHERE h.series_id = p.series_id AND h.bucket >= p.bucket AND h.bucket < p.bucket + interval '1 day') x;
END $$;

-- The unbroken stretches of time that some hours lie in, each widened to whole buckets.
CREATE OR REPLACE FUNCTION reading_stretches(hours timestamptz[], width interval) RETURNS SETOF tstzrange LANGUAGE sql STABLE
RETURN unnest((SELECT range_agg(tstzrange(b, b + width)) FROM (SELECT DISTINCT time_bucket(width, h) AS b FROM unnest(hours) h) s));

CREATE OR REPLACE PROCEDURE reading_refresh(batch int DEFAULT 100000) LANGUAGE plpgsql AS $$
DECLARE
  horizon timestamptz;  -- nobody raises it while the lock is held
  captured reading_pending[];
  changed reading_pending[];
  frozen reading_pending[];
  hours timestamptz[];
  r tstzrange;
BEGIN
  IF NOT pg_try_advisory_lock('reading'::regclass::oid::int, 7231) THEN RETURN; END IF;
  SET enable_sort = off;  -- hash the hours, which are few, rather than sort the readings, which are many
  SET work_mem = '64MB';
  LOOP
    horizon := reading_highest_horizon();
    -- by time, so that each stretch of a backfill of many series is refreshed once
    SELECT array_agg(p) INTO captured FROM (SELECT * FROM reading_pending ORDER BY bucket LIMIT batch) p;
    EXIT WHEN captured IS NULL;
    changed := reading_hours(captured);
    frozen := ARRAY(SELECT p FROM unnest(changed) p WHERE bucket < horizon);
    hours := ARRAY(SELECT DISTINCT bucket FROM unnest(changed) WHERE bucket >= horizon);
    COMMIT;  -- the refreshes below take later snapshots than this capture
    -- force: the native invalidation log loses writes that commit while a refresh moves its threshold
    FOREACH r IN ARRAY ARRAY(SELECT reading_stretches(hours, interval '1 hour')) LOOP
      CALL refresh_continuous_aggregate('reading_hour_native', lower(r), upper(r), force => true);
    END LOOP;
    FOREACH r IN ARRAY ARRAY(SELECT reading_stretches(hours, interval '1 day')) LOOP
      CALL refresh_continuous_aggregate('reading_day_native', lower(r), upper(r), force => true);
    END LOOP;
    CALL reading_store_override(frozen);
    CALL reading_store_increase(changed);
    -- exactly the captured rows, never "id <= x": lower ids may still be in flight
    DELETE FROM reading_pending WHERE id = ANY (ARRAY(SELECT id FROM unnest(captured)));
    COMMIT;
    EXIT WHEN cardinality(captured) < batch;
  END LOOP;
  RESET work_mem;
  RESET enable_sort;
  PERFORM pg_advisory_unlock('reading'::regclass::oid::int, 7231);
END $$;
