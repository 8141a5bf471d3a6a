-- What was stored of hours so far, by day. Hours that are pending stay pending.

INSERT INTO reading_inside
SELECT series_id, CASE WHEN level THEN max(greatest(gap, seconds)) END, day,
       CASE WHEN level THEN sum(weighted) + coalesce(sum(before * seconds), 0) END,
       CASE WHEN level THEN max(gap) END,
       CASE WHEN NOT level THEN least(greatest(max(steepest), max((first - before) * 3600 / seconds), 1e-30), 1e38) END,
       CASE WHEN NOT level THEN bool_or(falls OR coalesce(first < before, false)) END,
       array_agg(first_at ORDER BY first_at), array_agg(last_at ORDER BY first_at),
         array_agg(first ORDER BY first_at), array_agg(last ORDER BY first_at),
       CASE WHEN level THEN array_agg(weighted ORDER BY first_at) END,
       CASE WHEN NOT level AND bool_or(falls) THEN array_agg(CASE WHEN falls THEN increase ELSE 'NaN' END ORDER BY first_at) END
  FROM (SELECT i.*, s.statistic = 'level' AS level, time_bucket('1 day', i.bucket) AS day, lag(last) OVER day AS before,
               extract(epoch FROM first_at - lag(last_at) OVER day)::float8 AS seconds
          FROM reading_increase i JOIN series_statistic s USING (series_id)
        WINDOW day AS (PARTITION BY i.series_id, time_bucket('1 day', i.bucket) ORDER BY i.first_at)) h
 GROUP BY series_id, day, level;

DROP TABLE reading_increase;
