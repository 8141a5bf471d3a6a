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
    FROM (SELECT DISTINCT series_id, bucket FROM reading_pending) p
   CROSS JOIN LATERAL reading_hour_of(p.series_id, p.bucket) x WHERE x.n > 0;

-- Raise a class's horizon to a whole day, store what is pending, then drop its raw readings below it.
CREATE PROCEDURE reading_drop_raw(of_class text, horizon timestamptz) LANGUAGE plpgsql AS $$
BEGIN
  horizon := time_bucket('1 day', horizon);
  LOCK TABLE reading IN SHARE ROW EXCLUSIVE MODE;  -- waits for writers in flight; later ones see the horizon
  UPDATE retention SET raw_from = greatest(raw_from, horizon) WHERE class = of_class;
  COMMIT;
  CALL reading_refresh();
  IF EXISTS (SELECT FROM reading_pending p JOIN series s ON s.id = p.series_id
               JOIN measure m ON m.id = s.measure_id AND m.retention = of_class WHERE p.bucket < horizon) THEN
    RAISE EXCEPTION 'class % still has pending hours before %, nothing was dropped', of_class, horizon;
  END IF;
  PERFORM drop_chunks('reading', older_than => (SELECT min(raw_from) FROM retention));
  PERFORM set_config('dtbase.purging', 'on', true);
  DELETE FROM reading USING series s, measure m
   WHERE s.id = reading.series_id AND m.id = s.measure_id AND m.retention = of_class AND reading.time < horizon;
END $$;
