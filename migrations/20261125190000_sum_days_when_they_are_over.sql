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

-- Leads the views back that show rows which a rebuild has put aside: a view follows its table, also into another schema. Each is
-- replaced by what it says itself, about the table of the same name that serves; replaced and not dropped, so that what was granted
-- on it stays granted.
CREATE OR REPLACE FUNCTION bi.refresh() RETURNS void
LANGUAGE plpgsql SET search_path = public AS $refresh$
DECLARE
    shown record;
    elsewhere text;
    definition text;
BEGIN
    FOR shown IN
        SELECT view.oid, view.relname AS name, array_agg(DISTINCT space.nspname::text) AS schemas
        FROM pg_class AS view
        JOIN pg_rewrite AS rule ON rule.ev_class = view.oid
        JOIN pg_depend AS depends ON depends.classid = 'pg_rewrite'::regclass AND depends.objid = rule.oid
                                 AND depends.refclassid = 'pg_class'::regclass
        JOIN pg_class AS read ON read.oid = depends.refobjid
        JOIN pg_namespace AS space ON space.oid = read.relnamespace
        WHERE view.relnamespace = 'bi'::regnamespace AND view.relkind = 'v' AND read.oid <> view.oid
          AND space.nspname <> 'public'
        GROUP BY view.oid
    LOOP
        definition := pg_get_viewdef(shown.oid);
        FOREACH elsewhere IN ARRAY shown.schemas LOOP
            definition := replace(definition, quote_ident(elsewhere) || '.', 'public.');
        END LOOP;
        EXECUTE format('CREATE OR REPLACE VIEW bi.%I AS %s', shown.name, definition);
    END LOOP;
END
$refresh$;

CREATE VIEW bi.outcomes_daily AS
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
GROUP BY account, day, slice;

COMMENT ON VIEW bi.outcomes_daily IS
    'What a local day adds up to: started and open by the day of the start, the rest by that of the close. slice: ALL, a domain, a tier, TEAM or HANDLER and an id. resolve_seconds: times to resolve, added up.';
