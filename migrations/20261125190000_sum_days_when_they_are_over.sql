-- A day is summed up once, when it is over; the day that runs is read from its sessions. Weeks are summed up, too, so that a
-- year is some sixty rows. What was folded into the old shape is folded anew from the log.

DROP VIEW bi.outcomes_daily;
DROP TABLE outcome_days;
DELETE FROM outcomes;
DELETE FROM outcome_calendars;
UPDATE projection_checkpoints SET position = 0, version = 2 WHERE name = 'outcomes';

-- When the account's latest event that counts here was recorded; days before this one are in the sums.
ALTER TABLE outcome_calendars
    ADD latest_at     timestamptz,
    ADD summed_before date;

-- How many sessions were started on a day, and how many of these are open.
CREATE TABLE outcome_starts (
    account uuid   NOT NULL,
    day     date   NOT NULL,
    started bigint NOT NULL,
    open    bigint NOT NULL,
    PRIMARY KEY (account, day)
) WITH (fillfactor = 80);

-- What the sessions whose last close fell on a day add up to: all of them (slice ALL), those of a domain, of a tier, of a team
-- (TEAM and its id), of who handled them last (HANDLER and their id). The durations are sketches: how many values fall into
-- each logarithmic bucket. Rows of several kilobytes are meant to stay in one piece.
CREATE TABLE outcome_days (
    account         uuid   NOT NULL,
    day             date   NOT NULL,
    slice           text   NOT NULL COLLATE "C",
    closed          bigint NOT NULL,
    resolved        bigint NOT NULL,
    escalated       bigint NOT NULL,
    abandoned       bigint NOT NULL,
    reopened        bigint NOT NULL,
    guided          bigint NOT NULL,
    steps           bigint NOT NULL,
    rated           bigint NOT NULL,
    ratings         bigint NOT NULL,
    -- The times to resolve, added up.
    resolve_micros  bigint NOT NULL,
    resolve_sketch  bytea  NOT NULL,
    duration_sketch bytea  NOT NULL,
    active_sketch   bytea  NOT NULL,
    business_sketch bytea  NOT NULL,
    pick_up_sketch  bytea  NOT NULL,
    PRIMARY KEY (account, slice, day)
) WITH (toast_tuple_target = 8160);

-- The same by week; the day is its Monday. A week that runs has the days that are in the sums.
CREATE TABLE outcome_weeks (LIKE outcome_days INCLUDING ALL) WITH (toast_tuple_target = 8160);

-- What of a row's sketches does not fit is kept as it is: they hardly shrink.
ALTER TABLE outcome_days
    ALTER resolve_sketch SET STORAGE EXTERNAL, ALTER duration_sketch SET STORAGE EXTERNAL,
    ALTER active_sketch SET STORAGE EXTERNAL, ALTER business_sketch SET STORAGE EXTERNAL,
    ALTER pick_up_sketch SET STORAGE EXTERNAL;
ALTER TABLE outcome_weeks
    ALTER resolve_sketch SET STORAGE EXTERNAL, ALTER duration_sketch SET STORAGE EXTERNAL,
    ALTER active_sketch SET STORAGE EXTERNAL, ALTER business_sketch SET STORAGE EXTERNAL,
    ALTER pick_up_sketch SET STORAGE EXTERNAL;

-- Makes the views that are not there, and those that still show rows which a rebuild has put aside: a view follows its table,
-- also into another schema. Views are replaced, never dropped, so that what was granted on them stays granted.
CREATE OR REPLACE FUNCTION bi.refresh() RETURNS void
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
                SELECT account, day, slice, sum(started)::bigint AS started, sum(open)::bigint AS open,
                       sum(closed)::bigint AS closed, sum(resolved)::bigint AS resolved, sum(escalated)::bigint AS escalated,
                       sum(abandoned)::bigint AS abandoned, sum(reopened)::bigint AS reopened, sum(guided)::bigint AS guided,
                       sum(steps)::bigint AS steps, sum(rated)::bigint AS rated, sum(ratings)::bigint AS ratings,
                       sum(resolve_micros) / 1e6 AS resolve_seconds
                FROM (
                    SELECT account, day, slice, 0 AS started, 0 AS open, closed, resolved, escalated, abandoned, reopened,
                           guided, steps, rated, ratings, resolve_micros
                    FROM outcome_days
                    UNION ALL
                    SELECT account, day, 'ALL', started, open, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM outcome_starts
                    UNION ALL
                    SELECT account, closed_day, of.slice, 0, 0, 1, (status = 'RESOLVED')::integer, escalated::integer,
                           (status = 'ABANDONED')::integer, (reopened > 0)::integer, (tier = 'GUIDED')::integer,
                           CASE status WHEN 'RESOLVED' THEN steps ELSE 0 END, (rating IS NOT NULL)::integer,
                           coalesce(rating, 0), coalesce(resolve_micros, 0)
                    FROM outcome_calendars
                    JOIN outcomes USING (account)
                    CROSS JOIN LATERAL (VALUES ('ALL'), (domain), (tier), ('TEAM ' || team), ('HANDLER ' || handler)) AS of (slice)
                    WHERE closed_day >= summed_before AND of.slice IS NOT NULL
                ) AS counted
                GROUP BY account, day, slice $$),
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

SELECT bi.refresh();

COMMENT ON VIEW bi.outcomes_daily IS
    'What a local day adds up to: started and open by the day of the start, the rest by that of the close. slice: ALL, a domain, a tier, TEAM or HANDLER and an id. resolve_seconds: times to resolve, added up.';
