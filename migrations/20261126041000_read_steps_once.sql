-- A step's document is read once for all columns of bi.steps, and not once for each: a report over many steps is made of that.

CREATE OR REPLACE VIEW bi.steps AS
SELECT step.account, step.session, step.ordinal, told.part ->> 'kind' AS kind,
       told.part ->> 'kind' NOT IN ('INTAKE_ANALYSIS', 'BRIEFING', 'NOTE') AS counts,
       told.confidence, told.tier,
       (told.flow_node ->> 'flow')::uuid AS flow, (told.flow_node ->> 'version')::integer AS flow_version,
       told.flow_node ->> 'node' AS flow_node,
       CASE json_typeof(told.made_by)
           WHEN 'string' THEN upper(told.made_by #>> '{}')
           ELSE upper((SELECT min(key) FROM json_object_keys(
               CASE json_typeof(told.made_by) WHEN 'object' THEN told.made_by END) AS key))
       END AS made_by,
       told.made_by #>> '{model,provider}' AS provider, told.made_by #>> '{model,model}' AS model,
       (told.tokens ->> 'input')::bigint AS input_tokens, (told.tokens ->> 'output')::bigint AS output_tokens,
       (told.tokens ->> 'cached')::bigint AS cached_tokens,
       told.presented_at, told.answered_at, told.superseded_at,
       CASE WHEN told.answer #>> '{given}' = 'skipped' THEN 'SKIPPED'
            WHEN told.answer #> '{given,option}' IS NOT NULL THEN 'OPTION'
            WHEN told.answer #> '{given,free_text}' IS NOT NULL THEN 'FREE_TEXT'
            WHEN (told.answer #>> '{given,action_result,succeeded}')::boolean THEN 'SUCCEEDED'
            WHEN told.answer #> '{given,action_result}' IS NOT NULL THEN 'NOT_SUCCEEDED'
       END AS answer
FROM session_steps AS step
CROSS JOIN LATERAL json_to_record(step.document) AS told (
    part json, confidence numeric, tier text, flow_node json, made_by json, tokens json, presented_at timestamptz,
    answered_at timestamptz, superseded_at timestamptz, answer json);
