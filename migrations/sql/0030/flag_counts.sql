-- What was suspect, or set aside, of readings that retention has dropped: their flags outlive them.

CREATE TABLE flag_count (
  series_id int NOT NULL REFERENCES series ON DELETE CASCADE,
  day date NOT NULL,
  flag text NOT NULL CHECK (flag IN ('suspect', 'fail', 'missing')),
  n bigint NOT NULL,
  PRIMARY KEY (series_id, day, flag)
);
