-- What is stored of an hour beside its increase. Hours that still have their readings are stored anew by the
-- next refresh; of those that retention has left alone the first reading stands for the hour's first instant
-- and the last one for its last, for nobody knows better.

ALTER TABLE reading_increase
  ADD COLUMN first_at timestamptz, ADD COLUMN last_at timestamptz,
  ADD COLUMN first double precision, ADD COLUMN last double precision,
  ADD COLUMN weighted double precision NOT NULL DEFAULT 0, ADD COLUMN gap double precision NOT NULL DEFAULT 0,
  ADD COLUMN steepest double precision NOT NULL DEFAULT 0, ADD COLUMN falls boolean NOT NULL DEFAULT false;

INSERT INTO reading_pending (series_id, bucket)
  SELECT i.series_id, i.bucket FROM reading_increase i LEFT JOIN reading_horizon h USING (series_id)
   WHERE i.bucket >= coalesce(h.raw_from, '-infinity') ORDER BY 1, 2;

DELETE FROM reading_increase i
 WHERE NOT EXISTS (SELECT FROM reading_horizon h WHERE h.series_id = i.series_id AND h.raw_from > i.bucket);

UPDATE reading_increase i
   SET first = h.first, last = h.last, first_at = i.bucket,
       last_at = i.bucket + CASE WHEN h.n > 1 THEN interval '1 hour' - interval '1 microsecond' ELSE interval '0' END,
       falls = h.n > 1 AND abs(i.increase - (h.last - h.first)) > 1e-9 * greatest(abs(h.last), abs(h.first)),
       weighted = h.sum / h.n * 3600
  FROM reading_hour_stored h WHERE (h.series_id, h.bucket) = (i.series_id, i.bucket);

DELETE FROM reading_increase WHERE first_at IS NULL;

ALTER TABLE reading_increase
  ALTER COLUMN first_at SET NOT NULL, ALTER COLUMN last_at SET NOT NULL,
  ALTER COLUMN first SET NOT NULL, ALTER COLUMN last SET NOT NULL;
