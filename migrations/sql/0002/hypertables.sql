-- Readings and predictions. No foreign keys: they would make inserts several times slower and
-- keep chunks from being dropped; the ingest statement resolves names to ids instead.

CREATE TABLE reading (
  series_id int NOT NULL,
  time timestamptz NOT NULL,
  value double precision,   -- float, integer, and boolean as 0 or 1; what gets aggregated
  whole bigint,             -- the exact integer where value cannot hold it (beyond 2^53)
  text text,                -- the value of a string measure
  CONSTRAINT pk_reading PRIMARY KEY (series_id, time),
  CONSTRAINT ck_reading_one_value CHECK ((value IS NULL) <> (text IS NULL))
);
SELECT create_hypertable('reading', by_range('time', interval '30 days'), create_default_indexes => false);

CREATE TABLE prediction (
  output_id bigint NOT NULL,
  time timestamptz NOT NULL,
  value double precision,
  lower double precision[],  -- one bound for each of run_output.levels, in its order
  upper double precision[],
  text text,
  CONSTRAINT pk_prediction PRIMARY KEY (output_id, time),
  CONSTRAINT ck_prediction_one_value CHECK ((value IS NULL) <> (text IS NULL))
);
SELECT create_hypertable('prediction', by_range('time', interval '30 days'), create_default_indexes => false);
