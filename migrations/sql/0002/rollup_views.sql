-- The views over either store: a pending bucket is read from raw data, every other from the store.

CREATE VIEW reading_hour AS
  SELECT h.* FROM reading_hour_stored h
   WHERE NOT EXISTS (SELECT FROM reading_pending p WHERE (p.series_id, p.bucket) = (h.series_id, h.bucket))
  UNION ALL
  SELECT p.series_id, p.bucket, x.* FROM (SELECT DISTINCT series_id, bucket FROM reading_pending) p
   CROSS JOIN LATERAL reading_hour_of(p.series_id, p.bucket) x WHERE x.n > 0;

CREATE VIEW reading_day AS
  SELECT d.* FROM reading_day_stored d
   WHERE NOT EXISTS (SELECT FROM reading_pending p WHERE p.series_id = d.series_id
                        AND p.bucket >= d.bucket AND p.bucket < d.bucket + interval '1 day')
  UNION ALL
  SELECT p.series_id, p.bucket, x.*
    FROM (SELECT DISTINCT series_id, time_bucket('1 day', bucket) AS bucket FROM reading_pending) p
   CROSS JOIN LATERAL (
     SELECT sum(n)::bigint AS n, sum(sum), min(min), max(max), first(first, bucket), last(last, bucket),
            sum(sum_sin) AS sum_sin, sum(sum_cos) AS sum_cos
       FROM reading_hour h
      WHERE h.series_id = p.series_id AND h.bucket >= p.bucket AND h.bucket < p.bucket + interval '1 day') x
   WHERE x.n > 0;

CREATE VIEW reading_counter_hour AS
  SELECT h.series_id, h.bucket, h.first, h.last, i.increase
    FROM reading_hour_stored h JOIN reading_increase i USING (series_id, bucket)
   WHERE NOT EXISTS (SELECT FROM reading_pending p WHERE (p.series_id, p.bucket) = (h.series_id, h.bucket))
  UNION ALL
  SELECT p.series_id, p.bucket, x.first, x.last, reading_increase_of(p.series_id, p.bucket)
    FROM (SELECT DISTINCT l.series_id, l.bucket FROM reading_pending l JOIN series s ON s.id = l.series_id
            JOIN measure m ON m.id = s.measure_id AND m.statistic = 'counter') p
   CROSS JOIN LATERAL reading_hour_of(p.series_id, p.bucket) x WHERE x.n > 0;
