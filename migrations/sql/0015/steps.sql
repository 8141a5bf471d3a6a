-- What lies inside each hour of a series that is told by the steps between its readings: a level, a
-- counter, a net meter. From the first and the last reading of whole hours any bucket of them can be told;
-- the other columns say when they do not suffice, and then the hour's readings are read one by one.
--
--   reading_increase       stored, of such series alone; the name is older than its other columns
--   reading_inside_hour    a view, exact at every read: stored hours, or raw ones where pending
--   series_statistic       the statistic of each series: its sensor's own, its type's, or its measure's

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

CREATE VIEW series_statistic AS
  SELECT s.id AS series_id, coalesce(own.statistic, kind.statistic, m.statistic) AS statistic
    FROM series s JOIN measure m ON m.id = s.measure_id JOIN sensor ON sensor.id = s.sensor_id
    LEFT JOIN statistic_override own ON own.sensor_id = s.sensor_id AND own.measure_id = s.measure_id
    LEFT JOIN statistic_override kind
           ON kind.sensor_type_id = sensor.sensor_type_id AND kind.measure_id = s.measure_id;

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
