-- Stretches of readings that came since rules looked at them that need neighbours on both sides;
-- only series with such rules have any. Who writes adds a line, a service takes the lines away.

CREATE TABLE reading_stretch (
  series_id int NOT NULL,
  first timestamptz NOT NULL,
  last timestamptz NOT NULL
);
CREATE INDEX ix_reading_stretch_series_id ON reading_stretch (series_id);
