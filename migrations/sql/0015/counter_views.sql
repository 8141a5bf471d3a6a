-- As it was before: what counters gained inside each hour.

CREATE VIEW reading_counter_hour AS
  SELECT h.series_id, h.bucket, h.first, h.last, i.increase
    FROM reading_hour_stored h JOIN reading_increase i USING (series_id, bucket)
   WHERE NOT EXISTS (SELECT FROM reading_pending p WHERE (p.series_id, p.bucket) = (h.series_id, h.bucket))
  UNION ALL
  SELECT p.series_id, p.bucket, x.first, x.last, reading_increase_of(p.series_id, p.bucket)
    FROM (SELECT DISTINCT l.series_id, l.bucket FROM reading_pending l JOIN series s ON s.id = l.series_id
            JOIN measure m ON m.id = s.measure_id AND m.statistic = 'counter') p
   CROSS JOIN LATERAL reading_hour_of(p.series_id, p.bucket) x WHERE x.n > 0;

CREATE OR REPLACE PROCEDURE reading_store_increase(changed reading_pending[]) LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
BEGIN
  CALL reading_unstore('reading_increase', changed, interval '1 hour');
  INSERT INTO reading_increase
    SELECT p.series_id, p.bucket, reading_increase_of(p.series_id, p.bucket) FROM unnest(changed) p
      JOIN series s ON s.id = p.series_id JOIN measure m ON m.id = s.measure_id AND m.statistic = 'counter';
END $$;
