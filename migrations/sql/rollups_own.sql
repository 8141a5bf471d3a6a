-- The stores as our own tables: the only way on the Apache edition.

CREATE TABLE reading_hour_stored (
  series_id int NOT NULL,
  bucket timestamptz NOT NULL,
  n bigint NOT NULL,
  sum float8, min float8, max float8, first float8, last float8, sum_sin float8, sum_cos float8,
  CONSTRAINT pk_reading_hour_stored PRIMARY KEY (series_id, bucket)
);
CREATE TABLE reading_day_stored (
  LIKE reading_hour_stored,
  CONSTRAINT pk_reading_day_stored PRIMARY KEY (series_id, bucket)
);
