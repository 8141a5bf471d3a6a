-- As it was before: nothing is stored of the days of states.

DELETE FROM reading_inside i USING series_statistic s WHERE s.series_id = i.series_id AND s.statistic = 'state';

CREATE OR REPLACE VIEW reading_inside_day AS
  SELECT *, true AS settled FROM reading_inside i
   WHERE NOT EXISTS (SELECT FROM reading_pending p WHERE p.series_id = i.series_id
                        AND p.bucket >= i.bucket AND p.bucket < i.bucket + interval '1 day')
  UNION ALL
  SELECT d.series_id, h.gap, d.bucket, NULL, h.gap, h.steepest, h.falls,
         h.first_at, h.last_at, h.first, h.last, h.inside, h.increase, false
    FROM (SELECT DISTINCT p.series_id, time_bucket('1 day', p.bucket) AS bucket FROM reading_pending p
            JOIN series_statistic s ON s.series_id = p.series_id AND s.statistic IN ('counter', 'level', 'net')) d
   CROSS JOIN LATERAL (
     SELECT max(gap)::real AS gap, least(greatest(max(steepest), 1e-30), 1e38)::real AS steepest, bool_or(increase <> 'NaN') AS falls,
            array_agg(first_at ORDER BY first_at) AS first_at, array_agg(last_at ORDER BY first_at) AS last_at,
            array_agg(first ORDER BY first_at) AS first, array_agg(last ORDER BY first_at) AS last,
            array_agg(coalesce(inside, 0) ORDER BY first_at) AS inside,
            array_agg(coalesce(increase, 'NaN') ORDER BY first_at) AS increase
       FROM (SELECT k.first_at, k.last_at, k.first, k.last, k.inside, i.hour_gap AS gap, i.steepest, k.increase
               FROM reading_inside i
              CROSS JOIN LATERAL unnest(i.first_at, i.last_at, i.first, i.last, i.inside, i.increase)
                AS k (first_at, last_at, first, last, inside, increase)
              WHERE (i.series_id, i.bucket) = (d.series_id, d.bucket)
                AND NOT EXISTS (SELECT FROM reading_pending p
                                 WHERE (p.series_id, p.bucket) = (d.series_id, time_bucket('1 hour', k.first_at)))
             UNION ALL
             SELECT x.* FROM (SELECT DISTINCT p.bucket FROM reading_pending p WHERE p.series_id = d.series_id
                                 AND p.bucket >= d.bucket AND p.bucket < d.bucket + interval '1 day') p
              CROSS JOIN LATERAL reading_inside_of(d.series_id, p.bucket, p.bucket + interval '1 hour') x) k) h
   WHERE h.first_at IS NOT NULL;

-- Store what lies inside the changed hours; the name is older than what it stores. A day keeps its other hours.
CREATE OR REPLACE PROCEDURE reading_store_increase(changed reading_pending[]) LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
DECLARE stepped reading_pending[];
BEGIN
  SELECT coalesce(array_agg(p), '{}') INTO stepped FROM unnest(changed) p
    JOIN series_statistic s ON s.series_id = p.series_id AND s.statistic IN ('counter', 'level', 'net');
  -- days of which no other hour is kept, also such of series that are no longer told by steps
  DELETE FROM reading_inside WHERE ctid = ANY (ARRAY(
    SELECT i.ctid
      FROM (SELECT series_id, time_bucket('1 day', bucket) AS bucket, array_agg(bucket) AS hours
              FROM unnest(changed) GROUP BY 1, 2) d
     CROSS JOIN LATERAL (
      SELECT ctid, first_at FROM reading_inside WHERE (series_id, bucket) = (d.series_id, d.bucket) LIMIT 1) i
     WHERE NOT EXISTS (SELECT FROM unnest(i.first_at) f WHERE time_bucket('1 hour', f) <> ALL (d.hours))
        OR NOT EXISTS (SELECT FROM unnest(stepped) s WHERE s.series_id = d.series_id)));
  INSERT INTO reading_inside
  SELECT h.series_id, CASE WHEN level THEN max(greatest(gap, seconds)) END, h.bucket,
         CASE WHEN level THEN sum(inside) + coalesce(sum(before * seconds), 0) END,
         CASE WHEN level THEN max(gap) END,
         CASE WHEN NOT level THEN least(greatest(max(steepest), max((first - before) * 3600 / seconds), 1e-30), 1e38) END,
         CASE WHEN NOT level THEN bool_or(increase <> 'NaN' OR coalesce(first < before, false)) END,
         array_agg(first_at ORDER BY first_at), array_agg(last_at ORDER BY first_at),
         array_agg(first ORDER BY first_at), array_agg(last ORDER BY first_at),
         CASE WHEN level THEN array_agg(inside ORDER BY first_at) END,
         CASE WHEN NOT level AND bool_or(increase <> 'NaN') THEN array_agg(increase ORDER BY first_at) END
    FROM (SELECT *, lag(last) OVER day AS before,
                 extract(epoch FROM first_at - lag(last_at) OVER day)::float8 AS seconds
            FROM reading_hours_of_days(stepped)
          WINDOW day AS (PARTITION BY series_id, bucket ORDER BY first_at)) h
    JOIN (SELECT series_id, statistic = 'level' AS level FROM series_statistic) s ON s.series_id = h.series_id
   GROUP BY h.series_id, h.bucket, level
  ON CONFLICT (series_id, bucket) DO UPDATE
     SET (gap, weighted, hour_gap, steepest, falls, first_at, last_at, first, last, inside, increase)
       = (excluded.gap, excluded.weighted, excluded.hour_gap, excluded.steepest, excluded.falls, excluded.first_at,
          excluded.last_at, excluded.first, excluded.last, excluded.inside, excluded.increase);
END $$;
