-- As it was before: a row for each hour.

CREATE TABLE reading_increase (
  series_id int NOT NULL,
  bucket timestamptz NOT NULL,
  increase double precision NOT NULL,
  first_at timestamptz NOT NULL, last_at timestamptz NOT NULL,
  first double precision NOT NULL, last double precision NOT NULL,
  weighted double precision NOT NULL DEFAULT 0, gap double precision NOT NULL DEFAULT 0,
  steepest double precision NOT NULL DEFAULT 0, falls boolean NOT NULL DEFAULT false,
  CONSTRAINT pk_reading_increase PRIMARY KEY (series_id, bucket)
);

-- Rounded numbers are made a little larger: what is near a limit is read from its readings.
INSERT INTO reading_increase
  SELECT i.series_id, time_bucket('1 hour', h.first_at),
         CASE WHEN h.increase <> 'NaN' THEN h.increase ELSE greatest(h.last - h.first, 0) END,
         h.first_at, h.last_at, h.first, h.last, coalesce(h.inside, 0), coalesce(i.hour_gap * 1.000001, 0),
         CASE WHEN i.steepest > 9e37 THEN 1e300 ELSE coalesce(i.steepest * 1.000001, 0) END,
         coalesce(h.increase <> 'NaN', false)
    FROM reading_inside i CROSS JOIN LATERAL unnest(i.first_at, i.last_at, i.first, i.last, i.inside, i.increase)
      AS h (first_at, last_at, first, last, inside, increase);

DROP VIEW reading_inside_day;
DROP FUNCTION reading_hours_of_days;
DROP FUNCTION reading_inside_of;
DROP TABLE reading_inside;

CREATE FUNCTION reading_inside_of(series int, bucket timestamptz)
RETURNS TABLE (increase float8, first_at timestamptz, last_at timestamptz, first float8, last float8,
               weighted float8, gap float8, steepest float8, falls boolean)
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT coalesce(sum(CASE WHEN value >= before THEN value - before WHEN value < before THEN value END), 0),
         min(time), max(time), first(value, time), last(value, time),
         coalesce(sum(before * seconds), 0),                    -- each value until the next
         coalesce(max(seconds), 0),                             -- the longest time without a reading
         coalesce(max((value - before) * 3600 / seconds), 0),   -- the steepest rise, by the hour
         coalesce(bool_or(value < before), false)
    FROM (SELECT value, time, lag(value) OVER w AS before,
                 extract(epoch FROM time - lag(time) OVER w)::float8 AS seconds
            FROM reading
           WHERE series_id = reading_inside_of.series AND value IS NOT NULL
             AND time >= reading_inside_of.bucket AND time < reading_inside_of.bucket + interval '1 hour'
          WINDOW w AS (ORDER BY time)) r
  HAVING count(*) > 0;
END;
CREATE VIEW reading_inside_hour AS
  SELECT i.* FROM reading_increase i
   WHERE NOT EXISTS (SELECT FROM reading_pending p WHERE (p.series_id, p.bucket) = (i.series_id, i.bucket))
  UNION ALL
  SELECT p.series_id, p.bucket, x.* FROM (SELECT DISTINCT series_id, bucket FROM reading_pending) p
    JOIN series_statistic s ON s.series_id = p.series_id AND s.statistic IN ('counter', 'level', 'net')
   CROSS JOIN LATERAL reading_inside_of(p.series_id, p.bucket) x;

CREATE OR REPLACE PROCEDURE reading_store_increase(changed reading_pending[]) LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
BEGIN
  CALL reading_unstore('reading_increase', changed, interval '1 hour');
  INSERT INTO reading_increase
    SELECT p.series_id, p.bucket, x.* FROM unnest(changed) p
      JOIN series_statistic s ON s.series_id = p.series_id AND s.statistic IN ('counter', 'level', 'net')
     CROSS JOIN LATERAL reading_inside_of(p.series_id, p.bucket) x;
END $$;

-- Every table that keeps something of a series beside its readings; of a native aggregate the table behind it,
-- since refreshing it would not reach below the horizon, and nothing is left to refresh it from.
CREATE OR REPLACE FUNCTION reading_stores() RETURNS SETOF regclass LANGUAGE sql STABLE AS $$
  SELECT format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name)::regclass
    FROM timescaledb_information.continuous_aggregates
   WHERE view_schema = current_schema() AND view_name IN ('reading_hour_native', 'reading_day_native')
  UNION ALL
  SELECT oid::regclass FROM pg_class
   WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
     AND relname IN ('reading_pending', 'reading_increase', 'reading_hour_stored', 'reading_day_stored',
                     'reading_hour_override', 'reading_day_override')
$$;
