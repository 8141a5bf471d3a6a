-- Dropping raw readings while their aggregates stay. Call with autocommit; safe to kill and to repeat.

-- Refuse further changes before the horizon to the series of a class that have readings there.
CREATE PROCEDURE reading_raise_horizon(of_class text, horizon timestamptz) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('lock_timeout', '10s', true);  -- a stuck writer must not make all others wait
  LOCK TABLE ONLY reading IN SHARE ROW EXCLUSIVE MODE;  -- writers in flight end; later ones see the horizon
  INSERT INTO reading_horizon
    SELECT s.id, horizon FROM series s JOIN measure m ON m.id = s.measure_id
     WHERE m.retention = of_class
       AND EXISTS (SELECT FROM reading r WHERE r.series_id = s.id AND r.time < horizon)
  ON CONFLICT (series_id) DO UPDATE SET raw_from = greatest(reading_horizon.raw_from, excluded.raw_from);
  COMMIT;
END $$;

-- Drop the chunks in which every reading lies below the horizon of its series.
CREATE PROCEDURE reading_drop_purged_chunks() LANGUAGE plpgsql AS $$
DECLARE chunk record;
BEGIN
  FOR chunk IN SELECT range_start, range_end FROM timescaledb_information.chunks
    WHERE hypertable_schema = current_schema() AND hypertable_name = 'reading'
      AND range_end <= reading_highest_horizon() ORDER BY range_start
  LOOP
    PERFORM set_config('lock_timeout', '10s', true);
    LOCK TABLE ONLY reading IN SHARE ROW EXCLUSIVE MODE;  -- nobody may write into it between check and drop
    IF NOT EXISTS (
      SELECT FROM series s LEFT JOIN reading_horizon h ON h.series_id = s.id
       WHERE coalesce(h.raw_from, '-infinity') < chunk.range_end
         AND EXISTS (SELECT FROM reading r WHERE r.series_id = s.id
                        AND r.time >= chunk.range_start AND r.time < chunk.range_end)) THEN
      PERFORM drop_chunks('reading', older_than => chunk.range_end, newer_than => chunk.range_start);
    END IF;
    COMMIT;
  END LOOP;
END $$;

-- Remove every reading below the horizon of its series.
CREATE PROCEDURE reading_purge() LANGUAGE plpgsql AS $$
DECLARE h reading_horizon;
BEGIN
  CALL reading_drop_purged_chunks();
  FOR h IN SELECT * FROM reading_horizon o WHERE EXISTS (
    SELECT FROM reading r WHERE r.series_id = o.series_id AND r.time < o.raw_from)
  LOOP
    PERFORM set_config('dtbase.purging', 'on', true);
    PERFORM set_config('timescaledb.max_tuples_decompressed_per_dml_transaction', '0', true);
    -- literals, so that of compressed chunks only this series is unpacked
    EXECUTE format('DELETE FROM reading WHERE series_id = %L::int AND time < %L::timestamptz', h.series_id, h.raw_from);
    COMMIT;
  END LOOP;
END $$;

-- Raise a class's horizon to a whole day, store what is pending below it, then drop the raw readings.
CREATE PROCEDURE reading_drop_raw(of_class text, horizon timestamptz) LANGUAGE plpgsql AS $$
BEGIN
  -- a refresh under way may have chosen its ranges by the old horizon: it must end before anything is dropped
  PERFORM pg_advisory_lock('reading'::regclass::oid::int, 7231);
  CALL reading_raise_horizon(of_class, time_bucket('1 day', least(horizon, now())));
  CALL reading_refresh();
  IF EXISTS (SELECT FROM reading_pending p JOIN reading_horizon h USING (series_id) WHERE p.bucket < h.raw_from) THEN
    RAISE EXCEPTION 'class % still has pending hours before %, nothing was dropped', of_class, horizon;
  END IF;
  PERFORM pg_advisory_unlock('reading'::regclass::oid::int, 7231);
  COMMIT;
  CALL reading_purge();
END $$;
