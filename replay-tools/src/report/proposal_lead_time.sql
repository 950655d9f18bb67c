-- How long proposals take, in seconds: from raised to decided, from decided to published, and from raised to published. What was
-- decided and came back counts from its next decision; reinforcements are never decided and don't count.
-- $1 account or null, $2 and $3 first and last time when it was raised, or null.
WITH legs AS (
    SELECT leg.ordinal, leg.name, extract(epoch FROM leg.ended - leg.begun)::float8 AS seconds
    FROM bi.proposals AS proposal
    CROSS JOIN LATERAL (VALUES
        (1, 'raised to decided', proposal.raised_at, proposal.reviewed_at),
        (2, 'decided to published', proposal.reviewed_at, proposal.published_at),
        (3, 'raised to published', proposal.raised_at, proposal.published_at)
    ) AS leg (ordinal, name, begun, ended)
    WHERE proposal.kind <> 'REINFORCEMENT'
      AND ($1::uuid IS NULL OR proposal.account = $1)
      AND ($2::timestamptz IS NULL OR proposal.raised_at >= $2)
      AND ($3::timestamptz IS NULL OR proposal.raised_at < $3)
)
SELECT name AS leg, count(seconds) AS n,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS "p50Seconds",
       percentile_cont(0.9) WITHIN GROUP (ORDER BY seconds) AS "p90Seconds"
FROM legs
GROUP BY ordinal, name
ORDER BY ordinal
