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
