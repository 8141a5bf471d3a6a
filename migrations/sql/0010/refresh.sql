-- Storing what is pending, the part that both stores share. Can be run again.
--
-- All that is stored here is looked up by its key, and the plan is pinned to that: a plan that was made while a
-- chunk was new and empty reads it whole for every series when it has grown, a hundred times as slow, and one
-- that trusts the size of a log just emptied reads all its dead rows for every hour.

-- Each hour of the log once, however often it changed.
CREATE OR REPLACE FUNCTION reading_hours(pending reading_pending[]) RETURNS reading_pending[] LANGUAGE sql STABLE
RETURN (SELECT array_agg(h.hour) FROM (SELECT DISTINCT ON (p.series_id, p.bucket) p AS hour FROM unnest(pending) p) h);

-- Take the buckets that some hours lie in out of a store. A join could go the wrong way round: this looks up each.
CREATE OR REPLACE PROCEDURE reading_unstore(store regclass, changed reading_pending[], width interval) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('
    DELETE FROM %1$s WHERE ctid = ANY (ARRAY(
      SELECT old.ctid FROM (SELECT DISTINCT series_id, time_bucket($2, bucket) AS bucket FROM unnest($1)) p
       CROSS JOIN LATERAL (
        SELECT ctid FROM %1$s WHERE (series_id, bucket) = (p.series_id, p.bucket) LIMIT 1) old))', store)
    USING changed, width;
END $$;

CREATE OR REPLACE PROCEDURE reading_store_increase(changed reading_pending[]) LANGUAGE plpgsql
SET plan_cache_mode = force_custom_plan SET enable_seqscan = off SET enable_bitmapscan = off SET jit = off AS $$
BEGIN
  CALL reading_unstore('reading_increase', changed, interval '1 hour');
  INSERT INTO reading_increase
    SELECT p.series_id, p.bucket, reading_increase_of(p.series_id, p.bucket) FROM unnest(changed) p
      JOIN series s ON s.id = p.series_id JOIN measure m ON m.id = s.measure_id AND m.statistic = 'counter';
END $$;
