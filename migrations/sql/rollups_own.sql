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

CREATE PROCEDURE reading_store(changed reading_pending[]) LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM reading_hour_stored h USING unnest(changed) p WHERE (h.series_id, h.bucket) = (p.series_id, p.bucket);
  INSERT INTO reading_hour_stored
    SELECT p.series_id, p.bucket, x.* FROM (SELECT DISTINCT series_id, bucket FROM unnest(changed)) p
     CROSS JOIN LATERAL reading_hour_of(p.series_id, p.bucket) x WHERE x.n > 0;
  DELETE FROM reading_day_stored d USING unnest(changed) p
   WHERE (d.series_id, d.bucket) = (p.series_id, time_bucket('1 day', p.bucket));
  INSERT INTO reading_day_stored
    SELECT p.series_id, p.bucket, x.*
      FROM (SELECT DISTINCT series_id, time_bucket('1 day', bucket) AS bucket FROM unnest(changed)) p
     CROSS JOIN LATERAL (
       SELECT sum(n)::bigint AS n, sum(sum), min(min), max(max), first(first, bucket), last(last, bucket), sum(sum_sin), sum(sum_cos)
         FROM reading_hour_stored h
        WHERE h.series_id = p.series_id AND h.bucket >= p.bucket AND h.bucket < p.bucket + interval '1 day') x
     WHERE x.n > 0;
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
