-- Storing what is pending in continuous aggregates: the Community edition. Can be run again.

CREATE OR REPLACE PROCEDURE reading_store_override(changed reading_pending[]) LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
BEGIN
  IF changed = '{}' THEN RETURN; END IF;
  CALL reading_unstore('reading_hour_override', changed, interval '1 hour');
  INSERT INTO reading_hour_override
    SELECT p.series_id, p.bucket, x.* FROM unnest(changed) p CROSS JOIN LATERAL reading_hour_of(p.series_id, p.bucket) x;
  CALL reading_unstore('reading_day_override', changed, interval '1 day');
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

-- Bring the index of times up to date where some hours lie. Otherwise it waits for the next vacuum, and
-- until then its newest pages, millions of rows of a backfill, are read again for every hour.
CREATE OR REPLACE FUNCTION reading_index_times(hours timestamptz[]) RETURNS void LANGUAGE plpgsql
SET lock_timeout = '10ms' AS $$
BEGIN
  PERFORM brin_summarize_new_values(i.indexrelid)
     FROM timescaledb_information.chunks c
     JOIN pg_index i ON i.indrelid = format('%I.%I', c.chunk_schema, c.chunk_name)::regclass
     JOIN pg_class x ON x.oid = i.indexrelid
     JOIN pg_am a ON a.oid = x.relam AND a.amname = 'brin'
    WHERE (c.hypertable_schema, c.hypertable_name) = (SELECT nspname, relname FROM pg_class t
            JOIN pg_namespace n ON n.oid = t.relnamespace WHERE t.oid = 'reading'::regclass)
      AND EXISTS (SELECT FROM unnest(hours) h WHERE h >= c.range_start AND h < c.range_end);
EXCEPTION WHEN lock_not_available THEN NULL;  -- a vacuum has it, and does the same
END $$;

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
  SET enable_seqscan = off;  -- find the readings by the index of times: no chunk is read whole for its newest hours
  SET jit = off;  -- what is switched off above is priced so high that every plan would be compiled
  SET work_mem = '64MB';
  SET synchronous_commit = off;  -- a crash may take refreshes back, and then what they took off the log is there again
  LOOP
    horizon := reading_highest_horizon();
    -- by time, so that each stretch of a backfill of many series is refreshed once
    SELECT array_agg(p) INTO captured FROM (SELECT * FROM reading_pending ORDER BY bucket LIMIT batch) p;
    EXIT WHEN captured IS NULL;
    changed := reading_hours(captured);
    frozen := ARRAY(SELECT p FROM unnest(changed) p WHERE bucket < horizon);
    hours := ARRAY(SELECT DISTINCT bucket FROM unnest(changed) WHERE bucket >= horizon);
    PERFORM reading_index_times(hours);
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
  RESET synchronous_commit;
  RESET work_mem;
  RESET jit;
  RESET enable_seqscan;
  RESET enable_sort;
  PERFORM pg_advisory_unlock('reading'::regclass::oid::int, 7231);
END $$;
