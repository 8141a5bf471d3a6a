-- Readings that are not believed: kept as they were sent, and never among the readings.

CREATE TABLE reading_aside (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  series_id int,                 -- none where no such series is registered
  sensor text NOT NULL,
  measure text NOT NULL,
  time timestamptz,              -- none where it could not be read
  sent_time text,                -- what stood in its place
  raw text NOT NULL,             -- the value as it was sent
  rule text NOT NULL,
  why text,                      -- of an error of form: what is wrong
  received_at timestamptz NOT NULL DEFAULT now(),
  digest uuid GENERATED ALWAYS AS (md5(
    coalesce(sent_time, '') || E'\x1f' || raw || E'\x1f' || sensor || E'\x1f' || measure)::uuid) STORED,
  CONSTRAINT uq_reading_aside_series_id UNIQUE NULLS NOT DISTINCT (series_id, time, digest)
);
CREATE INDEX ix_reading_aside_rule ON reading_aside (rule, id);
CREATE INDEX ix_reading_aside_received_at ON reading_aside (received_at);

-- The rules of a series, merged: what is said of its measure, of its sensor's type, and of itself.
CREATE FUNCTION series_said(series_id int) RETURNS text LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT nullif(coalesce(m.rules, '{}') || coalesce(l.rules, '{}') || coalesce(s.own_rules, '{}'), '{}')::text
    FROM series s
    JOIN sensor ON sensor.id = s.sensor_id
    JOIN measure m ON m.id = s.measure_id
    LEFT JOIN sensor_type_measure l ON (l.sensor_type_id, l.measure_id) = (sensor.sensor_type_id, s.measure_id)
   WHERE s.id = series_said.series_id;
END;
