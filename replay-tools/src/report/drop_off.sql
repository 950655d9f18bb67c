-- Where sessions end or stand: by the number of the last step that was put before the engineer, 0 when there was none.
-- Notes, briefings and analyses are no steps here. "reached": sessions that came to this step or further.
-- $1 account or null, $2 and $3 first and last time of the start, or null.
WITH last AS (
    SELECT session.status, session.steps AS step
    FROM bi.outcomes AS session
    WHERE ($1::uuid IS NULL OR session.account = $1)
      AND ($2::timestamptz IS NULL OR session.started_at >= $2)
      AND ($3::timestamptz IS NULL OR session.started_at < $3)
), there AS (
    SELECT step, count(*) AS sessions,
           count(*) FILTER (WHERE status = 'RESOLVED') AS resolved,
           count(*) FILTER (WHERE status = 'ESCALATED') AS escalated,
           count(*) FILTER (WHERE status = 'ABANDONED') AS abandoned,
           count(*) FILTER (WHERE status NOT IN ('RESOLVED', 'ESCALATED', 'ABANDONED')) AS open
    FROM last
    GROUP BY step
)
SELECT step, (sum(sessions) OVER (ORDER BY step DESC))::bigint AS reached, sessions AS here, resolved, escalated, abandoned,
       open
FROM there
ORDER BY step
