-- What BI tools read: views with stable names over the read models, without anything that somebody wrote, and without names.

CREATE SCHEMA bi;

-- Makes the views that are not there, and those that still show rows which a rebuild has put aside: a view follows its table,
-- also into another schema. Views are replaced, never dropped, so that what was granted on them stays granted.
CREATE FUNCTION bi.refresh() RETURNS void
LANGUAGE plpgsql SET search_path = public AS $refresh$
DECLARE
    shown record;
BEGIN
    FOR shown IN
        SELECT name, definition FROM (VALUES
            ('sessions', $$
                SELECT account, id AS session, team, opened_by, handler, status, domain, tier,
                       (document ->> 'confidence')::numeric AS confidence,
                       matched_flow AS flow, (document #>> '{matched,chosen,version}')::integer AS flow_version, matched_at,
                       started_at, updated_at, closed_at, (document ->> 'resolved_at')::timestamptz AS resolved_at,
                       (document ->> 'step_count')::integer AS steps, (document ->> 'step_limit')::integer AS step_limit,
                       json_array_length(document -> 'escalations') AS escalations,
                       cardinality(array_remove(past_handlers, handler)) + 1 AS people,
                       json_array_length(document -> 'reopenings') AS reopenings,
                       (document ->> 'rating')::integer AS rating,
                       (document #>> '{tokens,input}')::bigint AS input_tokens,
                       (document #>> '{tokens,output}')::bigint AS output_tokens,
                       (document #>> '{tokens,cached}')::bigint AS cached_tokens
                FROM sessions $$),
            ('steps', $$
                SELECT account, session, ordinal, document #>> '{part,kind}' AS kind,
                       document #>> '{part,kind}' NOT IN ('INTAKE_ANALYSIS', 'BRIEFING', 'NOTE') AS counts,
                       (document ->> 'confidence')::numeric AS confidence, document ->> 'tier' AS tier,
                       (document #>> '{flow_node,flow}')::uuid AS flow,
                       (document #>> '{flow_node,version}')::integer AS flow_version,
                       document #>> '{flow_node,node}' AS flow_node,
                       CASE json_typeof(document -> 'made_by')
                           WHEN 'string' THEN upper(document ->> 'made_by')
                           ELSE upper((SELECT min(key) FROM json_object_keys(
                               CASE json_typeof(document -> 'made_by') WHEN 'object' THEN document -> 'made_by' END) AS key))
                       END AS made_by,
                       document #>> '{made_by,model,provider}' AS provider, document #>> '{made_by,model,model}' AS model,
                       (document #>> '{tokens,input}')::bigint AS input_tokens,
                       (document #>> '{tokens,output}')::bigint AS output_tokens,
                       (document #>> '{tokens,cached}')::bigint AS cached_tokens,
                       (document ->> 'presented_at')::timestamptz AS presented_at,
                       (document ->> 'answered_at')::timestamptz AS answered_at,
                       (document ->> 'superseded_at')::timestamptz AS superseded_at,
                       CASE WHEN document #>> '{answer,given}' = 'skipped' THEN 'SKIPPED'
                            WHEN document #> '{answer,given,option}' IS NOT NULL THEN 'OPTION'
                            WHEN document #> '{answer,given,free_text}' IS NOT NULL THEN 'FREE_TEXT'
                            WHEN (document #>> '{answer,given,action_result,succeeded}')::boolean THEN 'SUCCEEDED'
                            WHEN document #> '{answer,given,action_result}' IS NOT NULL THEN 'NOT_SUCCEEDED'
                       END AS answer
                FROM session_steps $$),
            ('escalations', $$
                SELECT session.account, session.id AS session, escalation.ordinal::integer AS ordinal,
                       (it ->> 'requested_by')::uuid AS requested_by, (it ->> 'requested_at')::timestamptz AS requested_at,
                       (it ->> 'confidence')::numeric AS confidence, it #>> '{outcome,outcome}' AS outcome,
                       (it #>> '{outcome,by}')::uuid AS picked_up_by, (it #>> '{outcome,at}')::timestamptz AS ended_at
                FROM sessions AS session
                CROSS JOIN json_array_elements(session.document -> 'escalations')
                           WITH ORDINALITY AS escalation (it, ordinal) $$),
            ('outcomes', $$
                SELECT account, session, team, handler, domain, tier, status, started_at, started_day, closed_at, closed_day,
                       escalated, steps, reopened, rating::integer AS rating, pick_up_micros / 1e6 AS pick_up_seconds,
                       duration_micros / 1e6 AS duration_seconds, resolve_micros / 1e6 AS resolve_seconds,
                       active_micros / 1e6 AS active_seconds, business_micros / 1e6 AS business_seconds
                FROM outcomes $$),
            ('outcomes_daily', $$
                SELECT account, day, slice, started, open, closed, resolved, escalated, abandoned, reopened, guided, steps,
                       rated, ratings
                FROM outcome_days $$),
            ('flows', $$
                SELECT account, id AS flow, status, origin, domain, published_version, from_proposal, created_at, updated_at
                FROM flows $$),
            ('flow_versions', $$
                SELECT account, flow, version, origin, source_session, source_proposal, published_at
                FROM flow_versions $$),
            ('proposals', $$
                SELECT account, id AS proposal, kind, status, domain, team, confidence / 1e6 AS confidence, supporters,
                       source_session, target_flow, target_base_version, created_at AS raised_at, reviewed_at,
                       published_flow, published_version,
                       (SELECT version.published_at FROM flow_versions AS version
                        WHERE version.account = proposals.account AND version.flow = proposals.published_flow
                          AND version.version = proposals.published_version) AS published_at
                FROM proposals $$),
            ('usage_daily', $$
                SELECT account, day, calls, input_tokens, output_tokens
                FROM usage_days $$),
            ('calls', $$
                SELECT account, session, provider, model, size, input_tokens, output_tokens, cached_tokens, estimated,
                       latency_ms, http_status::integer AS http_status, fault, called_at
                FROM assistant_calls $$)
        ) AS view (name, definition)
        WHERE to_regclass('bi.' || name) IS NULL OR EXISTS (
            SELECT FROM pg_rewrite AS rule
            JOIN pg_depend AS depends ON depends.classid = 'pg_rewrite'::regclass AND depends.objid = rule.oid
                                     AND depends.refclassid = 'pg_class'::regclass
            JOIN pg_class AS read ON read.oid = depends.refobjid
            WHERE rule.ev_class = to_regclass('bi.' || name) AND read.oid <> rule.ev_class
              AND read.relnamespace <> 'public'::regnamespace)
    LOOP
        EXECUTE format('CREATE OR REPLACE VIEW bi.%I AS %s', shown.name, shown.definition);
    END LOOP;
END
$refresh$;

REVOKE EXECUTE ON FUNCTION bi.refresh() FROM PUBLIC;
SELECT bi.refresh();

COMMENT ON VIEW bi.sessions IS 'A row a session, as it stands. people: everybody who handled it, each once.';
COMMENT ON VIEW bi.steps IS 'A row a step. counts: not an analysis, a briefing or a note. answer: its kind, never what was said.';
COMMENT ON VIEW bi.escalations IS 'A row an escalation, numbered from 1 within its session.';
COMMENT ON VIEW bi.outcomes IS 'A row a session: its close, on a day of the account''s zone, and how long it took.';
COMMENT ON VIEW bi.outcomes_daily IS
    'What a local day adds up to: started and open by the day of the start, the rest by that of the close. slice: ALL, a domain or a tier.';
COMMENT ON VIEW bi.flows IS 'A row a flow.';
COMMENT ON VIEW bi.flow_versions IS 'A row a published version of a flow.';
COMMENT ON VIEW bi.proposals IS 'A row a proposal: raised, decided (reviewed_at) and published.';
COMMENT ON VIEW bi.usage_daily IS 'Calls and tokens of an account on a day of its zone.';
COMMENT ON VIEW bi.calls IS 'A row a call to a model, failed and repeated ones too.';
