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
