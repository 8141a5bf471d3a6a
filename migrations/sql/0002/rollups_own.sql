-- The stores as our own tables: the only way on the Apache edition.

CREATE TABLE reading_hour_stored (
  series_id int NOT NULL,
  bucket timestamptz NOT NULL,
  n bigint NOT NULL,
  sum float8, min float8, max float8, first float8, last float8, sum_sin float8, sum_cos float8,
  CONSTRAINT pk_reading_hour_stored PRIMARY KEY (series_id, bucket)
);
CREATE TABLE reading_day_stored (
  LIKE reading_hour_stored,
  CONSTRAINT pk_reading_day_stored PRIMARY KEY (series_id, bucket)
);

-- The unbroken runs of changed buckets of each series.
CREATE FUNCTION reading_runs(changed reading_pending[], width interval)
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
CREATE PROCEDURE reading_store(changed reading_pending[]) LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM reading_hour_stored h USING unnest(changed) p WHERE (h.series_id, h.bucket) = (p.series_id, p.bucket);
  INSERT INTO reading_hour_stored
    SELECT r.series_id, x.* FROM reading_runs(changed, interval '1 hour') r CROSS JOIN LATERAL (
      SELECT time_bucket('1 hour', time) AS bucket, count(*), sum(value), min(value), max(value), first(value, time),
             last(value, time), sum(sin(radians(value))), sum(cos(radians(value)))
        FROM reading
       WHERE series_id = r.series_id AND value IS NOT NULL AND time >= r.first AND time < r."end"
       GROUP BY 1) x;
  DELETE FROM reading_day_stored d USING unnest(changed) p
   WHERE (d.series_id, d.bucket) = (p.series_id, time_bucket('1 day', p.bucket));
  INSERT INTO reading_day_stored
    SELECT r.series_id, x.* FROM reading_runs(changed, interval '1 day') r CROSS JOIN LATERAL (
      SELECT time_bucket('1 day', bucket) AS bucket, sum(n)::bigint, sum(sum), min(min), max(max), first(first, bucket),
             last(last, bucket), sum(sum_sin), sum(sum_cos)
        FROM reading_hour_stored
       WHERE series_id = r.series_id AND bucket >= r.first AND bucket < r."end"
       GROUP BY 1) x;
END $$;

CREATE PROCEDURE reading_refresh(batch int DEFAULT 20000) LANGUAGE plpgsql AS $$
DECLARE
  changed reading_pending[];
BEGIN
  LOOP
    IF NOT pg_try_advisory_xact_lock('reading'::regclass::oid::int, 7231) THEN RETURN; END IF;
    WITH gone AS (
      DELETE FROM reading_pending p WHERE id IN (SELECT id FROM reading_pending ORDER BY id LIMIT batch)
      RETURNING p)
    SELECT array_agg(p) INTO changed FROM gone;
    EXIT WHEN changed IS NULL;
    -- later statements take fresh READ COMMITTED snapshots: they see at least what the deleted rows announced
    CALL reading_store(changed);
    CALL reading_store_increase(changed);
    COMMIT;
    EXIT WHEN cardinality(changed) < batch;
  END LOOP;
END $$;
