-- Which hours of readings changed since predictions of them were scored. The refresh of aggregates says so:
-- it deletes what readings have logged. So pushing readings costs nothing more, and only series that some
-- run predicts are noted, only where it does.

CREATE FUNCTION score_note_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO score_pending (series_id, bucket)
    SELECT DISTINCT g.series_id, g.bucket FROM gone g JOIN score_watch w ON w.series_id = g.series_id
     WHERE g.bucket > w.starts_at - interval '1 hour' AND g.bucket < w.ends_at;
  RETURN NULL;
END $$;

CREATE TRIGGER note_for_scores AFTER DELETE ON reading_pending REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION score_note_changes();

-- The signed distance from b to a; of directions the shorter way round.
CREATE FUNCTION score_distance(a float8, b float8, circular bool) RETURNS float8 LANGUAGE sql IMMUTABLE
RETURN CASE WHEN circular THEN a - b - 360 * floor((a - b + 180) / 360) ELSE a - b END;

-- A difference of directions as a turn between 0 and 360 degrees.
CREATE FUNCTION score_turn(a float8) RETURNS float8 LANGUAGE sql IMMUTABLE RETURN a - 360 * floor(a / 360);

-- How far a bound misses the truth, weighted by its quantile (Koenker and Bassett, 1978).
CREATE FUNCTION score_pinball(over float8, quantile float8) RETURNS float8 LANGUAGE sql IMMUTABLE
RETURN greatest(quantile * over, (quantile - 1) * over);

-- The block of a lead time: over 0, 6, 24, 48 hours, 7 and 14 days.
CREATE FUNCTION score_lead(lead interval) RETURNS int LANGUAGE sql IMMUTABLE
RETURN CASE WHEN lead <= '6 hours' THEN 0 WHEN lead <= '24 hours' THEN 1 WHEN lead <= '48 hours' THEN 2
            WHEN lead <= '168 hours' THEN 3 WHEN lead <= '336 hours' THEN 4 ELSE 5 END;

-- The same time of day on the newest day of which something is known, given the last known time.
CREATE FUNCTION score_day_before(predicted timestamptz, last timestamptz, step interval) RETURNS timestamptz LANGUAGE sql STABLE
RETURN predicted - interval '24 hours' * greatest(1, ceil(date_part('epoch', predicted - last - step / 2) / 86400));

-- A score with what is summed of it: relative to the scale, and the trials and hits of each level.
CREATE VIEW score_part AS
  SELECT output_id, scenario_id, series_id, issued_at, date_trunc('month', issued_at AT TIME ZONE 'UTC')::date AS month,
         lead, 1::bigint AS runs, points::bigint, scored::bigint, error, abs_error, squared_error, abs_truth, pinball,
         CASE WHEN scale IS NULL THEN 0 ELSE scored END::bigint AS scaled, coalesce(abs_error / scale, 0) AS scaled_error,
         compared_error, naive_error, coalesce(compared_error / scale, 0) AS scaled_compared_error,
         coalesce(naive_error / scale, 0) AS scaled_naive_error,
         levels, array_fill(scored::bigint, ARRAY[cardinality(levels)]) AS trials, inside AS hits
    FROM score;

-- Bring the sums of some scenarios, series and months up to date; one at a time, each sees what the last one did.
CREATE FUNCTION score_roll_up(scenarios int[], series int[], months date[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock('score_month'::regclass::oid::int, 1);
  DELETE FROM score_month m USING unnest(scenarios, series, months) AS t (scenario_id, series_id, month)
   WHERE (m.scenario_id, m.series_id, m.month) = (t.scenario_id, t.series_id, t.month);
  WITH mine AS MATERIALIZED (
    SELECT p.* FROM unnest(scenarios, series, months) AS t (scenario_id, series_id, month)
      JOIN score_part p ON p.series_id = t.series_id AND p.scenario_id = t.scenario_id
       AND p.issued_at >= t.month::timestamp AT TIME ZONE 'UTC'
       AND p.issued_at < (t.month + interval '1 month') AT TIME ZONE 'UTC'),
  counted AS (
    SELECT scenario_id, series_id, month, lead, level, sum(trial)::bigint AS trials, sum(hit)::bigint AS hits
      FROM mine CROSS JOIN LATERAL unnest(levels, trials, hits) AS each (level, trial, hit) GROUP BY 1, 2, 3, 4, 5),
  covered AS (
    SELECT scenario_id, series_id, month, lead, array_agg(level ORDER BY level) AS levels,
           array_agg(trials ORDER BY level) AS trials, array_agg(hits ORDER BY level) AS hits
      FROM counted GROUP BY 1, 2, 3, 4),
  summed AS (
    SELECT scenario_id, series_id, month, lead, sum(runs) AS runs, sum(points) AS points, sum(scored) AS scored,
           sum(error) AS error, sum(abs_error) AS abs_error, sum(squared_error) AS squared_error,
           sum(abs_truth) AS abs_truth, sum(pinball) AS pinball, sum(scaled) AS scaled,
           sum(scaled_error) AS scaled_error, sum(compared_error) AS compared_error, sum(naive_error) AS naive_error,
           sum(scaled_compared_error) AS scaled_compared_error, sum(scaled_naive_error) AS scaled_naive_error
      FROM mine GROUP BY 1, 2, 3, 4)
  INSERT INTO score_month (scenario_id, series_id, month, lead, runs, points, scored, error, abs_error, squared_error,
                           abs_truth, pinball, scaled, scaled_error, compared_error, naive_error,
                           scaled_compared_error, scaled_naive_error, levels, trials, hits)
  SELECT s.*, coalesce(c.levels, '{}'), coalesce(c.trials, '{}'), coalesce(c.hits, '{}')
    FROM summed s LEFT JOIN covered c USING (scenario_id, series_id, month, lead);
END $$;

-- Scores go with their runs, and out of the sums.
CREATE FUNCTION score_forget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM score_roll_up(array_agg(scenario_id), array_agg(series_id), array_agg(month))
     FROM (SELECT DISTINCT scenario_id, series_id, date_trunc('month', issued_at AT TIME ZONE 'UTC')::date AS month
             FROM gone) g HAVING count(*) > 0;
  RETURN NULL;
END $$;

CREATE TRIGGER forget AFTER DELETE ON score REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION score_forget();
