-- Every table that keeps something of a series beside its readings, as in 0005.
CREATE OR REPLACE FUNCTION reading_stores() RETURNS SETOF regclass LANGUAGE sql STABLE AS $$
  SELECT format('%I.%I', materialization_hypertable_schema, materialization_hypertable_name)::regclass
    FROM timescaledb_information.continuous_aggregates
   WHERE view_schema = current_schema() AND view_name IN ('reading_hour_native', 'reading_day_native')
  UNION ALL
  SELECT oid::regclass FROM pg_class
   WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
     AND relname IN ('reading_pending', 'reading_inside', 'reading_hour_stored', 'reading_day_stored',
                     'reading_hour_override', 'reading_day_override')
$$;
