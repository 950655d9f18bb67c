-- What sessions cost, by model: every call to it, failed ones too, over the sessions that called it and those of them that are
-- resolved. What unresolved sessions cost is paid for by the resolved ones.
-- $1 account or null, $2 and $3 first and last time of the session's start, or null.
WITH spent AS (
    SELECT call.provider, call.model, call.account, call.session, session.status = 'RESOLVED' AS resolved,
           count(*) AS calls, count(call.fault) AS failed,
           sum(call.input_tokens)::bigint AS input, sum(call.output_tokens)::bigint AS output
    FROM bi.calls AS call
    JOIN bi.sessions AS session ON session.account = call.account AND session.session = call.session
    WHERE ($1::uuid IS NULL OR call.account = $1)
      AND ($2::timestamptz IS NULL OR session.started_at >= $2)
      AND ($3::timestamptz IS NULL OR session.started_at < $3)
    GROUP BY call.provider, call.model, call.account, call.session, session.status
)
SELECT provider, model, count(*) AS sessions, count(*) FILTER (WHERE resolved) AS resolved,
       sum(calls)::bigint AS calls, sum(failed)::bigint AS failed,
       sum(input)::bigint AS "inputTokens", sum(output)::bigint AS "outputTokens",
       round(sum(calls) / nullif(count(*) FILTER (WHERE resolved), 0), 2)::float8 AS "callsPerResolution",
       round(sum(input + output) / nullif(count(*) FILTER (WHERE resolved), 0), 2)::float8 AS "tokensPerResolution"
FROM spent
GROUP BY provider, model
ORDER BY provider, model
