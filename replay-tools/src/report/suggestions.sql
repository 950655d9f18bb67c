-- What became of suggested solutions, by who made them: accepted (it helped), tried (it did not), unanswered.
-- $1 account or null, $2 and $3 first and last time of the suggestion, or null.
SELECT step.made_by AS "madeBy", step.model, count(*) AS suggested,
       count(*) FILTER (WHERE step.answer = 'SUCCEEDED') AS accepted,
       count(*) FILTER (WHERE step.answer = 'NOT_SUCCEEDED') AS tried,
       count(*) FILTER (WHERE step.answer IS NULL) AS unanswered,
       round(count(*) FILTER (WHERE step.answer = 'SUCCEEDED') / count(*)::numeric, 4)::float8 AS acceptance
FROM bi.steps AS step
WHERE step.kind = 'RESOLUTION_SUGGESTION'
  AND ($1::uuid IS NULL OR step.account = $1)
  AND ($2::timestamptz IS NULL OR step.presented_at >= $2)
  AND ($3::timestamptz IS NULL OR step.presented_at < $3)
GROUP BY step.made_by, step.model
ORDER BY count(*) DESC, step.made_by, step.model
