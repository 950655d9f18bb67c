-- The ways through a flow, as edges with how often each was passed: from START into the flow, from node to node, and out of it:
-- LEFT when the session went on without the flow, or the status that it ended or stands in. A way back counts from START again.
-- $1 account or null, $2 and $3 first and last time of the session's start, or null, $4 the flow.
WITH stood AS (
    SELECT step.account, step.session, step.ordinal, step.flow, step.flow_version, step.flow_node, session.status,
           lag(step.flow) OVER course AS flow_before, lag(step.flow_version) OVER course AS version_before,
           lag(step.flow_node) OVER course AS node_before,
           lead(step.ordinal) OVER course AS ordinal_after, lead(step.flow) OVER course AS flow_after,
           lead(step.flow_version) OVER course AS version_after
    FROM bi.steps AS step
    JOIN bi.sessions AS session ON session.account = step.account AND session.session = step.session
    WHERE step.counts
      AND ($1::uuid IS NULL OR session.account = $1)
      AND ($2::timestamptz IS NULL OR session.started_at >= $2)
      AND ($3::timestamptz IS NULL OR session.started_at < $3)
    WINDOW course AS (PARTITION BY step.account, step.session ORDER BY step.ordinal)
), edges AS (
    SELECT flow_version,
           CASE WHEN flow_before = flow AND version_before = flow_version THEN node_before ELSE 'START' END AS source,
           flow_node AS target
    FROM stood
    WHERE flow = $4::uuid
    UNION ALL
    SELECT flow_version, flow_node, CASE WHEN ordinal_after IS NULL THEN status ELSE 'LEFT' END
    FROM stood
    WHERE flow = $4::uuid AND (flow_after, version_after) IS DISTINCT FROM (flow, flow_version)
)
SELECT flow_version AS version, source AS "from", target AS "to", count(*) AS passages
FROM edges
GROUP BY flow_version, source, target
ORDER BY flow_version, count(*) DESC, source COLLATE "C", target COLLATE "C"
