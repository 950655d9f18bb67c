-- Sessions that were escalated more than once: how often, how often handed over by that (picked up, or handed off outside), how
-- many people of the desk had them, and how many sessions went so.
-- $1 account or null, $2 and $3 first and last time of the session's start, or null.
WITH ever AS MATERIALIZED (
    SELECT account, session FROM bi.outcomes WHERE escalated AND ($1::uuid IS NULL OR account = $1)
), handed AS (
    SELECT account, session, count(*) FILTER (WHERE outcome IN ('PICKED_UP', 'HANDED_OFF')) AS hand_overs
    FROM ever
    JOIN bi.escalations USING (account, session)
    GROUP BY account, session
    HAVING count(*) > 1
)
SELECT session.escalations, handed.hand_overs AS "handOvers", session.people, count(*) AS sessions,
       count(*) FILTER (WHERE session.status = 'RESOLVED') AS resolved
FROM handed
JOIN bi.sessions AS session ON session.account = handed.account AND session.session = handed.session
WHERE ($2::timestamptz IS NULL OR session.started_at >= $2)
  AND ($3::timestamptz IS NULL OR session.started_at < $3)
GROUP BY session.escalations, handed.hand_overs, session.people
ORDER BY session.escalations DESC, handed.hand_overs DESC, session.people DESC
