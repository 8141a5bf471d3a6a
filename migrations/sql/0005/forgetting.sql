-- Removing all that is stored of some series, whatever the edition: readings, aggregates, what is pending.
-- The caller holds the series' rows FOR UPDATE, so that no writer can add to them, and deletes them after.

CREATE FUNCTION reading_forget(ids int[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  id int;
  store regclass;
BEGIN
  -- no refresh may be under way: it could store an hour whose readings are just going
  PERFORM pg_advisory_xact_lock('reading'::regclass::oid::int, 7231);
  PERFORM set_config('timescaledb.max_tuples_decompressed_per_dml_transaction', '0', true);
  CREATE TEMPORARY TABLE kept_horizon ON COMMIT DROP AS SELECT * FROM reading_horizon WHERE series_id = ANY (ids);
  -- below the horizon the delete trigger logs nothing; nobody else ever sees this one
  INSERT INTO reading_horizon SELECT unnest(ids), 'infinity'
    ON CONFLICT (series_id) DO UPDATE SET raw_from = excluded.raw_from;
  PERFORM set_config('dtbase.purging', 'on', true);
  FOREACH id IN ARRAY ids LOOP  -- literals, so that of compressed chunks only this series is unpacked
    EXECUTE format('DELETE FROM reading WHERE series_id = %L::int', id);
  END LOOP;
  PERFORM set_config('dtbase.purging', '', true);
  -- the highest horizon must never fall, so what was dropped stays noted
  DELETE FROM reading_horizon WHERE series_id = ANY (ids);
  INSERT INTO reading_horizon SELECT * FROM kept_horizon;
  DROP TABLE kept_horizon;
  FOR store IN SELECT * FROM reading_stores() LOOP
    EXECUTE format('DELETE FROM %s WHERE series_id = ANY ($1)', store) USING ids;
  END LOOP;
END $$;

-- Every table that keeps something of a series beside its readings; of a native aggregate the table behind it,
-- since refreshing it would not reach below the horizon, and nothing is left to refresh it from.
CREATE FUNCTION reading_stores() RETURNS SETOF regclass LANGUAGE sql STABLE AS $$
  SELECT format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name)::regclass
    FROM timescaledb_information.continuous_aggregates
   WHERE view_schema = current_schema() AND view_name IN ('reading_hour_native', 'reading_day_native')
  UNION ALL
  SELECT oid::regclass FROM pg_class
   WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
     AND relname IN ('reading_pending', 'reading_increase', 'reading_hour_stored', 'reading_day_stored',
                     'reading_hour_override', 'reading_day_override')
$$;
