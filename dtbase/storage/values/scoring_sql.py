"""The SQL of scoring: whole sets of outputs at once, by the definitions of jobs.forecasting.scores.

The truth of a time is what the measure's statistic makes of the readings within half a step of it;
the step of an output is the shortest time between two of its predictions, of a single one an hour.

Of levels and meters no single reading is what was foretold. Their truth is what steps between
readings come to in the bucket that begins at a time; it is handed in, and stands for readings.
"""

from typing import NamedTuple

from sqlalchemy import TextClause, text

ENROL = text("""
WITH new AS MATERIALIZED (
  SELECT o.id, run.issued_at
    FROM run_output o JOIN run ON run.id = o.run_id
   WHERE o.scored_at IS NULL AND o.series_id IS NOT NULL AND o.ends_at IS NULL
     AND run.status = 'succeeded' AND run.issued_at IS NOT NULL
   ORDER BY o.id LIMIT :most FOR UPDATE OF o SKIP LOCKED),
reach AS MATERIALIZED (
  SELECT new.id, p.first, p.last, coalesce(p.step, interval '1 hour') AS step
    FROM new CROSS JOIN LATERAL (
      SELECT min(time) AS first, max(time) AS last, min(step) AS step
        FROM (SELECT time, time - lag(time) OVER (ORDER BY time) AS step FROM prediction
               WHERE output_id = new.id AND time >= new.issued_at AND value IS NOT NULL) each) p),
enrolled AS (
  UPDATE run_output o
     SET step = reach.step, starts_at = first - reach.step / 2, ends_at = last + reach.step / 2,
         scored_at = CASE WHEN first IS NULL THEN clock_timestamp() END
    FROM reach WHERE reach.id = o.id
  RETURNING o.series_id, o.starts_at, o.ends_at),
forgotten AS (
  DELETE FROM score USING new WHERE score.output_id = new.id),
watched AS (
  INSERT INTO score_watch AS w (series_id, starts_at, ends_at)
  SELECT e.series_id, min(e.starts_at),
         CASE WHEN bool_or(means.statistic IN ('counter', 'net', 'level')) THEN 'infinity'
              ELSE max(e.ends_at) END
    FROM enrolled e JOIN series_statistic means ON means.series_id = e.series_id
   WHERE e.starts_at IS NOT NULL GROUP BY 1 ORDER BY 1
  ON CONFLICT (series_id) DO UPDATE
     SET starts_at = least(w.starts_at, excluded.starts_at),
         ends_at = greatest(w.ends_at, excluded.ends_at))
SELECT count(*) FROM enrolled
""")

"""What was written anew loses its scores too: it may have other lead times now.

A bucket of a level or a meter is known once the next reading is there, however late it comes.
"""

MARK = text("""
WITH gone AS (
  DELETE FROM score_pending WHERE id IN (SELECT id FROM score_pending ORDER BY id LIMIT :most)
  RETURNING series_id, bucket),
hours AS MATERIALIZED (
  SELECT g.series_id, g.bucket,
         CASE WHEN means.statistic IN ('counter', 'net', 'level') THEN coalesce(
           (SELECT time FROM reading r WHERE r.series_id = g.series_id AND r.value IS NOT NULL
               AND r.time < g.bucket ORDER BY time DESC OFFSET 4 LIMIT 1), '-infinity')
         ELSE g.bucket END AS since
    FROM (SELECT DISTINCT series_id, bucket FROM gone) g
    JOIN series_statistic means ON means.series_id = g.series_id),
touched AS (
  SELECT DISTINCT o.id
    FROM hours g
    JOIN run_output o ON o.series_id = g.series_id AND o.ends_at + o.step > g.since
     AND o.starts_at < g.bucket + interval '1 hour'),
marked AS (
  UPDATE run_output o SET scored_at = NULL FROM touched
   WHERE touched.id = o.id AND o.scored_at IS NOT NULL)
SELECT count(*) FROM gone
""")

"""A reading tells of the steps between those before it, too."""

TAKE = text("""
SELECT id FROM run_output
 WHERE scored_at IS NULL AND series_id IS NOT NULL AND ends_at IS NOT NULL
 ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED
""")

DUE = """
  SELECT o.id, o.series_id, o.levels, o.starts_at, o.ends_at, o.step,
         run.scenario_id, run.issued_at, means.statistic,
         means.statistic = 'circular' AS circular, {lag} AS lag
    FROM run_output o JOIN run ON run.id = o.run_id
    JOIN series_statistic means ON means.series_id = o.series_id
   WHERE o.id = ANY (CAST(:ids AS bigint[]))
     AND means.statistic {kinds}
"""
PLAIN_KINDS = "NOT IN ('counter', 'net', 'level', 'state')"
STEPPED_KINDS = "IN ('counter', 'net', 'level')"
STEPPED = """
stepped AS MATERIALIZED (
  SELECT CAST(:series AS int) AS series_id, each.time, each.value
    FROM unnest(CAST(:times AS timestamptz[]), CAST(:values AS float8[])) AS each (time, value)),
"""
"""What stands for readings where steps between them tell; states are not scored."""

ACTUAL = """
CASE {of}.statistic
  WHEN 'total' THEN sum(r.value)
  WHEN 'circular' THEN degrees(atan2(
    sum(sin(radians(r.value))) FILTER (WHERE {of}.circular),
    sum(cos(radians(r.value))) FILTER (WHERE {of}.circular)))
  ELSE avg(r.value) END AS value
"""

SCALED = """
WITH {stepped} due AS ({due}),
wanted AS MATERIALIZED (
  SELECT DISTINCT series_id, statistic, circular, step,
         (issued_at AT TIME ZONE 'UTC')::date AS day,
         date_trunc('day', issued_at, 'UTC') AS until,
         step * greatest(1, round(86400 / date_part('epoch', step))) AS season
    FROM due
   WHERE NOT EXISTS (SELECT FROM score_scale s WHERE s.series_id = due.series_id
      AND s.step = due.step AND s.day = (due.issued_at AT TIME ZONE 'UTC')::date))
INSERT INTO score_scale (series_id, step, day, scale)
SELECT w.series_id, w.step, w.day, nullif(error, 0)
  FROM wanted w CROSS JOIN LATERAL (
    SELECT avg(abs(score_distance(value, before, w.circular))) AS error
      FROM (SELECT value, first_value(value) OVER (
                     ORDER BY time
                     RANGE BETWEEN w.season PRECEDING AND w.season PRECEDING) AS before
              FROM (SELECT time_bucket(w.step, r.time + w.step / 2) AS time, {actual}
                      FROM {reading} r
                     WHERE r.series_id = w.series_id AND r.value IS NOT NULL
                       AND r.time >= w.until - CAST(:window AS interval) AND r.time < w.until
                     GROUP BY 1) binned) each) e
 ORDER BY w.series_id
    ON CONFLICT DO NOTHING
"""
"""By day of the issue, since many runs of a series share it and it hardly changes in a day."""

NEAR = """
SELECT s.{centres}[place] AS time, {actual}
  FROM (SELECT value, time, width_bucket(time + s.step / 2, s.{centres}) AS place FROM {reading}
         WHERE series_id = s.series_id AND value IS NOT NULL AND {within}) r
 WHERE r.time < s.{centres}[place] + s.step / 2
 GROUP BY 1
"""
"""The readings within half a step of each centre; centres are in order and a step apart."""

POINTS = """
due AS MATERIALIZED ({due}),
known AS MATERIALIZED (
  SELECT due.*, scale.scale, coalesce(known.last, due.issued_at) AS last
    FROM due
    LEFT JOIN score_scale scale ON scale.series_id = due.series_id AND scale.step = due.step
     AND scale.day = (due.issued_at AT TIME ZONE 'UTC')::date
    LEFT JOIN LATERAL (
      SELECT time AS last FROM {reading} r
       WHERE r.series_id = due.series_id AND r.value IS NOT NULL
         AND r.time <= due.issued_at - due.lag
         AND r.time > due.issued_at - CAST(:window AS interval)
       ORDER BY r.time DESC LIMIT 1) known ON true),
predicted AS MATERIALIZED (
  SELECT k.id, p.time, p.value, p.lower, p.upper,
         score_day_before(p.time, k.last, k.step) AS source
    FROM known k CROSS JOIN LATERAL (
      SELECT time, value, lower, upper FROM prediction
       WHERE output_id = k.id AND value IS NOT NULL
         AND time >= k.starts_at AND time < k.ends_at) p),
times AS (SELECT id, array_agg(time ORDER BY time) AS times FROM predicted GROUP BY id),
sources AS (
  SELECT id, array_agg(source ORDER BY source) AS sources
    FROM (SELECT id, source FROM predicted
          UNION SELECT id, source - interval '24 hours' FROM predicted) each GROUP BY id),
shape AS MATERIALIZED (SELECT * FROM known JOIN times USING (id) JOIN sources USING (id)),
truth AS MATERIALIZED (SELECT s.id, r.* FROM shape s CROSS JOIN LATERAL ({true}) r),
naive AS MATERIALIZED (SELECT s.id, r.* FROM shape s CROSS JOIN LATERAL ({known}) r),
point AS MATERIALIZED (
  SELECT p.id, score_lead(p.time - k.issued_at) AS lead, p.lower, p.upper,
         k.circular, t.value AS truth, score_distance(t.value, p.value, k.circular) AS error,
         score_distance(t.value, coalesce(newer.value, older.value), k.circular) AS naive_error
    FROM predicted p
    JOIN known k ON k.id = p.id
    LEFT JOIN truth t ON t.id = p.id AND t.time = p.time
    LEFT JOIN naive newer ON newer.id = p.id AND newer.time = p.source
    LEFT JOIN naive older ON older.id = p.id AND older.time = p.source - interval '24 hours')
"""

INSIDE = """
CASE WHEN p.circular THEN score_turn(p.truth - b.lower) <= least(b.upper - b.lower, 360)
     ELSE p.truth BETWEEN b.lower AND b.upper END
"""

SCORED = """
WITH {stepped} {points},
bound AS (
  SELECT p.id, p.lead, b.place, count(*) FILTER (WHERE {inside}) AS inside,
         sum(score_pinball(score_distance(p.truth, b.lower, p.circular), (1 - level.share) / 2)
           + score_pinball(score_distance(p.truth, b.upper, p.circular), (1 + level.share) / 2))
           AS pinball
    FROM point p
   CROSS JOIN LATERAL unnest(p.lower, p.upper) WITH ORDINALITY AS b (lower, upper, place)
    JOIN (SELECT id, place, level / 100 AS share
            FROM due CROSS JOIN LATERAL unnest(levels) WITH ORDINALITY AS l (level, place)) level
      ON level.id = p.id AND level.place = b.place
   WHERE p.truth IS NOT NULL
   GROUP BY 1, 2, 3),
bounds AS (
  SELECT id, lead, array_agg(inside ORDER BY place) AS inside, sum(pinball) AS pinball
    FROM bound GROUP BY 1, 2),
sums AS (
  SELECT id, lead, count(*) AS points, count(error) AS scored,
         coalesce(sum(error), 0) AS error, coalesce(sum(abs(error)), 0) AS abs_error,
         coalesce(sum(error * error) FILTER (WHERE abs(error) > 1e-150), 0) AS squared_error,
         coalesce(sum(abs(truth)), 0) AS abs_truth, count(error + naive_error) AS compared,
         coalesce(sum(abs(error)) FILTER (WHERE naive_error IS NOT NULL), 0) AS compared_error,
         coalesce(sum(abs(naive_error)) FILTER (WHERE error IS NOT NULL), 0) AS naive_error
    FROM point GROUP BY 1, 2)
INSERT INTO score (output_id, lead, scenario_id, series_id, issued_at, points, scored, error,
                   abs_error, squared_error, abs_truth, pinball, scale, compared, compared_error,
                   naive_error, levels, inside)
SELECT s.id, s.lead, k.scenario_id, k.series_id, k.issued_at, s.points, s.scored, s.error,
       s.abs_error, s.squared_error, s.abs_truth,
       (s.abs_error / 2 + coalesce(b.pinball, 0)) / (1 + 2 * cardinality(k.levels)),
       k.scale, s.compared, s.compared_error, s.naive_error, k.levels,
       coalesce(b.inside, array_fill(0::bigint, ARRAY[cardinality(k.levels)]))
  FROM sums s JOIN known k ON k.id = s.id
  LEFT JOIN bounds b ON b.id = s.id AND b.lead = s.lead
ON CONFLICT (output_id, lead) DO UPDATE SET
       issued_at = excluded.issued_at, points = excluded.points, scored = excluded.scored,
       error = excluded.error, abs_error = excluded.abs_error,
       squared_error = excluded.squared_error, abs_truth = excluded.abs_truth,
       pinball = excluded.pinball, scale = excluded.scale, compared = excluded.compared,
       compared_error = excluded.compared_error, naive_error = excluded.naive_error,
       levels = excluded.levels, inside = excluded.inside
"""


class Scoring(NamedTuple):
    """The statements that score outputs of some kinds of series."""

    scales: TextClause
    score: TextClause


def scoring_of(kinds: str, reading: str, stepped: str, lag: str) -> Scoring:
    """Put the statements together for what stands for readings."""
    due = DUE.format(kinds=kinds, lag=lag)
    actual = ACTUAL.format(of="s")
    true, known = (
        NEAR.format(centres=centres, actual=actual, reading=reading, within=within)
        for centres, within in (
            ("times", "time >= s.starts_at AND time < s.ends_at"),
            ("sources", "time >= s.sources[1] - s.step / 2 AND time <= s.issued_at"),
        )
    )
    points = POINTS.format(due=due, true=true, known=known, reading=reading)
    scales = SCALED.format(due=due, actual=ACTUAL.format(of="w"), reading=reading, stepped=stepped)
    score = SCORED.format(points=points, inside=INSIDE, stepped=stepped)
    return Scoring(text(scales), text(score))


OF_READINGS = scoring_of(PLAIN_KINDS, "reading", "", "interval '0'")
OF_STEPS = scoring_of(STEPPED_KINDS, "stepped", STEPPED, "o.step")
"""When a forecast of steps is issued, the bucket under way is not known yet."""

OF_OUTPUTS = text("""
SELECT o.id, o.series_id, o.step, o.starts_at + o.step / 2 AS first, o.ends_at + o.step / 2 AS "end"
  FROM run_output o JOIN series_statistic means ON means.series_id = o.series_id
 WHERE o.id = ANY (CAST(:ids AS bigint[])) AND means.statistic IN ('counter', 'net', 'level')
 ORDER BY o.series_id, o.step, o.id
""")

DONE = text("""
UPDATE run_output SET scored_at = clock_timestamp() WHERE id = ANY (CAST(:ids AS bigint[]))
""")

ROLL_UP = text("""
SELECT score_roll_up(array_agg(scenario_id), array_agg(series_id), array_agg(month))
  FROM (SELECT DISTINCT scenario_id, series_id, month FROM score_part
         WHERE output_id = ANY (CAST(:ids AS bigint[]))) touched
HAVING count(*) > 0
""")
