-- The stores as hierarchical continuous aggregates: the Community edition.

CREATE MATERIALIZED VIEW reading_hour_native WITH (timescaledb.continuous, timescaledb.materialized_only = true) AS
  SELECT series_id, time_bucket('1 hour', time) AS bucket, count(*) AS n, sum(value), min(value), max(value),
         first(value, time), last(value, time), sum(sin(radians(value))) AS sum_sin, sum(cos(radians(value))) AS sum_cos
    FROM reading WHERE value IS NOT NULL GROUP BY series_id, time_bucket('1 hour', time)
  WITH NO DATA;
CREATE MATERIALIZED VIEW reading_day_native WITH (timescaledb.continuous, timescaledb.materialized_only = true) AS
  SELECT series_id, time_bucket('1 day', bucket) AS bucket, sum(n)::bigint AS n, sum(sum), min(min), max(max),
         first(first, bucket), last(last, bucket), sum(sum_sin) AS sum_sin, sum(sum_cos) AS sum_cos
    FROM reading_hour_native GROUP BY series_id, time_bucket('1 day', bucket)
  WITH NO DATA;

-- Buckets changed below the retention horizon of another series: a native refresh there would delete
-- the aggregates whose raw readings are gone, so these few are stored beside them and win.
CREATE TABLE reading_hour_override (
  series_id int NOT NULL,
  bucket timestamptz NOT NULL,
  n bigint NOT NULL,
  sum float8, min float8, max float8, first float8, last float8, sum_sin float8, sum_cos float8,
  CONSTRAINT pk_reading_hour_override PRIMARY KEY (series_id, bucket)
);
CREATE TABLE reading_day_override (
  LIKE reading_hour_override,
  CONSTRAINT pk_reading_day_override PRIMARY KEY (series_id, bucket)
);

CREATE VIEW reading_hour_stored AS
  SELECT series_id, bucket, n, sum, min, max, first, last, sum_sin, sum_cos FROM reading_hour_native m
   WHERE NOT EXISTS (SELECT FROM reading_hour_override o WHERE (o.series_id, o.bucket) = (m.series_id, m.bucket))
  UNION ALL SELECT * FROM reading_hour_override WHERE n > 0;
CREATE VIEW reading_day_stored AS
  SELECT series_id, bucket, n, sum, min, max, first, last, sum_sin, sum_cos FROM reading_day_native m
   WHERE NOT EXISTS (SELECT FROM reading_day_override o WHERE (o.series_id, o.bucket) = (m.series_id, m.bucket))
  UNION ALL SELECT * FROM reading_day_override WHERE n > 0;
