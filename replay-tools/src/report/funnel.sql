-- How far sessions come: each stage counts those that came through all before it, "regardless" those that came there at all.
-- $1 account or null, $2 and $3 first and last time of the start, or null.
WITH came AS (
    SELECT coalesce(bool_or(step.answered_at IS NOT NULL), false) AS answered,
           coalesce(bool_or(step.kind = 'RESOLUTION_SUGGESTION'), false) AS suggested,
           session.status = 'RESOLVED' AS resolved
    FROM bi.sessions AS session
    LEFT JOIN bi.steps AS step ON step.account = session.account AND step.session = session.session
    WHERE ($1::uuid IS NULL OR session.account = $1)
      AND ($2::timestamptz IS NULL OR session.started_at >= $2)
      AND ($3::timestamptz IS NULL OR session.started_at < $3)
    GROUP BY session.account, session.session, session.status
), counted AS (
    SELECT count(*) AS started,
           count(*) FILTER (WHERE answered) AS answered,
           count(*) FILTER (WHERE answered AND suggested) AS then_suggested,
           count(*) FILTER (WHERE suggested) AS suggested,
           count(*) FILTER (WHERE answered AND suggested AND resolved) AS then_resolved,
           count(*) FILTER (WHERE resolved) AS resolved
    FROM came
)
SELECT stage.name AS stage, stage.sessions,
       round(stage.sessions / nullif(counted.started, 0)::numeric, 4)::float8 AS share,
       round(stage.sessions / nullif(stage.before, 0)::numeric, 4)::float8 AS "ofPrevious",
       stage.regardless
FROM counted
CROSS JOIN LATERAL (VALUES
    (1, 'started', counted.started, NULL, counted.started),
    (2, 'first answer', counted.answered, counted.started, counted.answered),
    (3, 'suggestion', counted.then_suggested, counted.answered, counted.suggested),
    (4, 'resolved', counted.then_resolved, counted.then_suggested, counted.resolved)
) AS stage (ordinal, name, sessions, before, regardless)
ORDER BY stage.ordinal
