-- The stores as hierarchical continuous aggregates: the Community edition.

CREATE MATERIALIZED VIEW reading_hour_native WITH (timescaledb.continuous, timescaledb.materialized_only = true) AS
  SELECT series_id, time_bucket('1 hour', time) AS bucket, count(*) AS n, sum(value), min(value), max(value),
         first(value, time), last(value, time), sum(sin(radians(value))) AS sum_sin, sum(cos(radians(value))) AS sum_cos
    FROM reading WHERE value IS NOT NULL GROUP BY series_id, time_bucket('1 hour', time)
  WITH NO DATA;
CREATE MATERIALIZED VIEW reading_day_native WITH (timescaledb.continuous, timescaledb.materialized_only = true) AS
  SELECT series_id, time_bucket('1 day', bucket) AS bucket, sum(n)::bigint AS n, sum(sum), min(min), max(max),
         first(first, bucket), last(last, bucket), sum(sum_sin) AS sum_sin, sum(sum_cos) AS sum_cos
    FROM reading_hour_native GROUP BY series_id, time_bucket('1 day', bucket)
  WITH NO DATA;

-- Buckets changed below the retention horizon of another series: a native refresh there would delete
-- the aggregates whose raw readings are gone, so these few are stored beside them and win.
CREATE TABLE reading_hour_override (
  series_id int NOT NULL,
  bucket timestamptz NOT NULL,
  n bigint NOT NULL,
  sum float8, min float8, max float8, first float8, last float8, sum_sin float8, sum_cos float8,
  CONSTRAINT pk_reading_hour_override PRIMARY KEY (series_id, bucket)
);
CREATE TABLE reading_day_override (
  LIKE reading_hour_override,
  CONSTRAINT pk_reading_day_override PRIMARY KEY (series_id, bucket)
);

CREATE VIEW reading_hour_stored AS
  SELECT series_id, bucket, n, sum, min, max, first, last, sum_sin, sum_cos FROM reading_hour_native m
   WHERE NOT EXISTS (SELECT FROM reading_hour_override o WHERE (o.series_id, o.bucket) = (m.series_id, m.bucket))
  UNION ALL SELECT * FROM reading_hour_override WHERE n > 0;
CREATE VIEW reading_day_stored AS
  SELECT series_id, bucket, n, sum, min, max, first, last, sum_sin, sum_cos FROM reading_day_native m
   WHERE NOT EXISTS (SELECT FROM reading_day_override o WHERE (o.series_id, o.bucket) = (m.series_id, m.bucket))
  UNION ALL SELECT * FROM reading_day_override WHERE n > 0;

CREATE PROCEDURE reading_store_override(changed reading_pending[]) LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM reading_hour_override h USING unnest(changed) p WHERE (h.series_id, h.bucket) = (p.series_id, p.bucket);
  INSERT INTO reading_hour_override
    SELECT p.series_id, p.bucket, x.* FROM (SELECT DISTINCT series_id, bucket FROM unnest(changed)) p
     CROSS JOIN LATERAL reading_hour_of(p.series_id, p.bucket) x;
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

CREATE PROCEDURE reading_refresh(batch int DEFAULT 100000) LANGUAGE plpgsql AS $$
DECLARE
  changed reading_pending[];
  frozen reading_pending[];
  hours tstzmultirange;
  days tstzmultirange;
  r tstzrange;
BEGIN
  IF NOT pg_try_advisory_lock('reading'::regclass::oid::int, 7231) THEN RETURN; END IF;
  LOOP
    -- by time, so that each stretch of a backfill of many series is refreshed once
    SELECT array_agg(p) FILTER (WHERE bucket < reading_highest_horizon()), array_agg(p),
           range_agg(tstzrange(bucket, bucket + interval '1 hour')) FILTER (WHERE bucket >= reading_highest_horizon()),
           range_agg(tstzrange(time_bucket('1 day', bucket), time_bucket('1 day', bucket) + interval '1 day')) FILTER (WHERE bucket >= reading_highest_horizon())
      INTO frozen, changed, hours, days FROM (SELECT * FROM reading_pending ORDER BY bucket LIMIT batch) p;
    EXIT WHEN changed IS NULL;
    COMMIT;  -- the refreshes below take later snapshots than this capture
    -- force: the native invalidation log loses writes that commit while a refresh moves its threshold
    FOREACH r IN ARRAY (SELECT coalesce(array_agg(u), ARRAY[]::tstzrange[]) FROM unnest(hours) u) LOOP
      CALL refresh_continuous_aggregate('reading_hour_native', lower(r), upper(r), force => true);
    END LOOP;
    FOREACH r IN ARRAY (SELECT coalesce(array_agg(u), ARRAY[]::tstzrange[]) FROM unnest(days) u) LOOP
      CALL refresh_continuous_aggregate('reading_day_native', lower(r), upper(r), force => true);
    END LOOP;
    CALL reading_store_override(frozen);
    CALL reading_store_increase(changed);
    -- exactly the captured rows, never "id <= x": lower ids may still be in flight
    DELETE FROM reading_pending WHERE id IN (SELECT (p).id FROM unnest(changed) p);
    COMMIT;
    EXIT WHEN cardinality(changed) < batch;
  END LOOP;
  PERFORM pg_advisory_unlock('reading'::regclass::oid::int, 7231);
END $$;
