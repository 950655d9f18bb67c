-- How sure the latest step of closed sessions was, in ten bins, beside how many of them were resolved. Sessions without a step
-- stated nothing. "gap": how much surer than right.
-- $1 account or null, $2 and $3 first and last time of the close, or null.
WITH latest AS MATERIALIZED (
    -- Read out of the session once.
    SELECT session.confidence, session.status = 'RESOLVED' AS resolved
    FROM bi.outcomes AS outcome
    JOIN bi.sessions AS session ON session.account = outcome.account AND session.session = outcome.session
    WHERE session.closed_at IS NOT NULL AND outcome.steps > 0
      AND ($1::uuid IS NULL OR session.account = $1)
      AND ($2::timestamptz IS NULL OR session.closed_at >= $2)
      AND ($3::timestamptz IS NULL OR session.closed_at < $3)
), stated AS (
    SELECT least(floor(confidence * 10), 9)::integer AS bin, confidence, resolved
    FROM latest
)
SELECT (bin / 10.0)::float8 AS "from", ((bin + 1) / 10.0)::float8 AS "to", count(stated.bin) AS sessions,
       count(*) FILTER (WHERE resolved) AS resolved,
       round(avg(confidence), 4)::float8 AS stated,
       round(avg(resolved::integer), 4)::float8 AS observed,
       round(avg(confidence) - avg(resolved::integer), 4)::float8 AS gap
FROM generate_series(0, 9) AS bins (bin)
LEFT JOIN stated USING (bin)
GROUP BY bin
ORDER BY bin
