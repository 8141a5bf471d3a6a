-- Storing what is pending in our own tables. Can be run again.

-- The unbroken runs of changed buckets of each series.
CREATE OR REPLACE FUNCTION reading_runs(changed reading_pending[], width interval)
RETURNS TABLE (series_id int, first timestamptz, "end" timestamptz) LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT b.series_id, min(b.bucket), max(b.bucket) + reading_runs.width
    FROM (SELECT d.series_id, d.bucket,
                 d.bucket - row_number() OVER (PARTITION BY d.series_id ORDER BY d.bucket) * reading_runs.width AS run
            FROM (SELECT DISTINCT p.series_id, time_bucket(reading_runs.width, p.bucket) AS bucket
                    FROM unnest(reading_runs.changed) p) d) b
   GROUP BY b.series_id, b.run;
END;

-- Neighbouring hours, and days, are stored by one look-up: a backfill names them by the thousand.
CREATE OR REPLACE PROCEDURE reading_store(changed reading_pending[]) LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
DECLARE
  earliest timestamptz;  -- known to the planner, which leaves out the chunks before and after them
  latest timestamptz;
BEGIN
  SELECT min(bucket), max(bucket) + interval '1 hour' INTO earliest, latest FROM unnest(changed);
  CALL reading_unstore('reading_hour_stored', changed, interval '1 hour');
  INSERT INTO reading_hour_stored
    SELECT r.series_id, x.* FROM reading_runs(changed, interval '1 hour') r CROSS JOIN LATERAL (
      SELECT time_bucket('1 hour', time) AS bucket, count(*), sum(value), min(value), max(value), first(value, time),
             last(value, time), sum(sin(radians(value))), sum(cos(radians(value)))
        FROM reading
       WHERE series_id = r.series_id AND value IS NOT NULL AND time >= r.first AND time < r."end"
         AND time >= earliest AND time < latest
       GROUP BY 1) x;
  CALL reading_unstore('reading_day_stored', changed, interval '1 day');
  INSERT INTO reading_day_stored
    SELECT r.series_id, x.* FROM reading_runs(changed, interval '1 day') r CROSS JOIN LATERAL (
      SELECT time_bucket('1 day', bucket) AS bucket, sum(n)::bigint, sum(sum), min(min), max(max), first(first, bucket),
             last(last, bucket), sum(sum_sin), sum(sum_cos)
        FROM reading_hour_stored
       WHERE series_id = r.series_id AND bucket >= r.first AND bucket < r."end"
       GROUP BY 1) x;
END $$;

-- Take the oldest hours off the log.
CREATE OR REPLACE FUNCTION reading_take(batch int) RETURNS reading_pending[] LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
DECLARE taken reading_pending[];
BEGIN
  WITH gone AS (
    DELETE FROM reading_pending p WHERE id = ANY (ARRAY(SELECT id FROM reading_pending ORDER BY id LIMIT batch))
    RETURNING p)
  SELECT array_agg(p) INTO taken FROM gone;
  RETURN taken;
END $$;

CREATE OR REPLACE PROCEDURE reading_refresh(batch int DEFAULT 20000) LANGUAGE plpgsql AS $$
DECLARE
  taken reading_pending[];
  changed reading_pending[];
BEGIN
  LOOP
    IF NOT pg_try_advisory_xact_lock('reading'::regclass::oid::int, 7231) THEN RETURN; END IF;
    SET LOCAL synchronous_commit = off;  -- a crash may take this back, and then what is taken off the log is there again
    taken := reading_take(batch);
    EXIT WHEN taken IS NULL;
    changed := reading_hours(taken);
    -- later statements take fresh READ COMMITTED snapshots: they see at least what the deleted rows announced
    CALL reading_store(changed);
    CALL reading_store_increase(changed);
    COMMIT;
    EXIT WHEN cardinality(taken) < batch;
  END LOOP;
END $$;
