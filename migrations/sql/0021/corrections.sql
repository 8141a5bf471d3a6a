-- What people have corrected: each reading as it was before, as it is after, and as it was first sent.

CREATE TABLE correction (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  series_id int NOT NULL,
  kind text NOT NULL,
  span tstzrange NOT NULL,
  asked jsonb NOT NULL,
  reason text NOT NULL,
  readings int NOT NULL,
  made_by text NOT NULL,
  made_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  undone_by text,
  undone_at timestamptz
);
CREATE INDEX ix_correction_series_id ON correction (series_id, id);

CREATE TABLE correction_reading (
  correction_id bigint NOT NULL,
  series_id int NOT NULL,
  time timestamptz NOT NULL,
  value double precision,
  whole bigint,
  text text,
  mark smallint,
  after_time timestamptz,        -- none where the reading was taken away
  after_value double precision,
  after_whole bigint,
  after_text text,
  sent_time timestamptz NOT NULL,
  sent_value double precision,
  sent_whole bigint,
  sent_text text,
  previous bigint,               -- the correction that had made it what it was before
  live boolean NOT NULL DEFAULT true,  -- whether this is the last word on the reading
  CONSTRAINT pk_correction_reading PRIMARY KEY (correction_id, time)
);
CREATE INDEX ix_correction_reading_sent ON correction_reading (series_id, sent_time) WHERE live;
CREATE INDEX ix_correction_reading_after ON correction_reading (series_id, after_time) WHERE live;
