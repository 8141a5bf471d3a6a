-- Compression of old chunks: the Community edition. On the Apache edition it does nothing, so that a
-- database moved from one to the other needs no migration. Call with autocommit; safe to kill.

-- Make readings and native hours compressible, once; days are too few to gain by it.
CREATE PROCEDURE reading_enable_compression() LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('timescaledb.license') <> 'timescale' THEN RETURN; END IF;
  -- a late import may touch any number of compressed readings; by default some 100,000 are refused
  EXECUTE format('ALTER DATABASE %I SET timescaledb.max_tuples_decompressed_per_dml_transaction = 0', current_database());
  IF EXISTS (SELECT FROM timescaledb_information.hypertables
              WHERE hypertable_schema = current_schema() AND hypertable_name = 'reading' AND compression_enabled) THEN
    RETURN;
  END IF;
  ALTER TABLE reading SET (timescaledb.compress, timescaledb.compress_segmentby = 'series_id',
                           timescaledb.compress_orderby = 'time');
  IF to_regclass('reading_hour_native') IS NOT NULL THEN
    ALTER MATERIALIZED VIEW reading_hour_native SET (timescaledb.compress,
      timescaledb.compress_segmentby = 'series_id', timescaledb.compress_orderby = 'bucket');
  END IF;
END $$;

-- Compress the chunks that end before a time, also those into which late readings came since.
CREATE PROCEDURE reading_compress(before timestamptz) LANGUAGE plpgsql AS $$
DECLARE chunk regclass;
BEGIN
  IF current_setting('timescaledb.license') <> 'timescale' THEN RETURN; END IF;
  CALL reading_enable_compression();
  COMMIT;
  FOR chunk IN
    SELECT format('%I.%I', c.chunk_schema, c.chunk_name)::regclass FROM timescaledb_information.chunks c
      LEFT JOIN timescaledb_information.continuous_aggregates a
        ON (a.materialization_hypertable_schema, a.materialization_hypertable_name) = (c.hypertable_schema, c.hypertable_name)
     WHERE c.range_end <= before
       AND ((c.hypertable_schema, c.hypertable_name) = (current_schema(), 'reading')
         OR (a.view_schema = current_schema() AND a.view_name = 'reading_hour_native'))
     ORDER BY c.range_start
  LOOP
    PERFORM set_config('lock_timeout', '10s', true);
    PERFORM set_config('client_min_messages', 'warning', true);  -- most are compressed already
    PERFORM compress_chunk(chunk, if_not_compressed => true);
    COMMIT;
  END LOOP;
END $$;

CALL reading_enable_compression();
