-- How well each flow solves what it was matched with, over time: closed sessions by the local week or month of their close.
-- "change": against the span before in which the flow was followed.
-- $1 account or null, $2 and $3 first and last time of the close, or null, $4 week or month.
WITH spans AS (
    SELECT session.flow, date_trunc($4::text, outcome.closed_day::timestamp)::date AS since, count(*) AS sessions,
           count(*) FILTER (WHERE outcome.status = 'RESOLVED') AS resolved
    FROM bi.outcomes AS outcome
    JOIN bi.sessions AS session ON session.account = outcome.account AND session.session = outcome.session
    WHERE outcome.closed_day IS NOT NULL AND session.flow IS NOT NULL
      AND ($1::uuid IS NULL OR outcome.account = $1)
      AND ($2::timestamptz IS NULL OR outcome.closed_at >= $2)
      AND ($3::timestamptz IS NULL OR outcome.closed_at < $3)
    GROUP BY session.flow, since
), rated AS (
    SELECT flow, since, sessions, resolved, resolved / sessions::numeric AS success
    FROM spans
)
SELECT flow, since, sessions, resolved, round(success, 4)::float8 AS success,
       round(success - lag(success) OVER (PARTITION BY flow ORDER BY since), 4)::float8 AS change
FROM rated
ORDER BY flow, since
