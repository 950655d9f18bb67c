-- What became of each session, and what that adds up to on each local day.

-- In which zone an account's days are counted, and when it works.
CREATE TABLE outcome_calendars (
    account        uuid  PRIMARY KEY,
    time_zone      text  NOT NULL,
    business_hours jsonb
);

-- A row a session. Durations are microseconds; those of the close are null while the session is open.
CREATE TABLE outcomes (
    account         uuid        NOT NULL,
    session         uuid        NOT NULL,
    team            uuid,
    handler         uuid        NOT NULL,
    domain          text,
    tier            text        NOT NULL,
    status          text        NOT NULL,
    started_at      timestamptz NOT NULL,
    started_day     date        NOT NULL,
    closed_at       timestamptz,
    closed_day      date,
    -- Escalation was ever requested.
    escalated       boolean     NOT NULL,
    -- Since when the open escalation waits.
    waiting_since   timestamptz,
    -- How long the first escalation that was picked up had waited.
    pick_up_micros  bigint,
    steps           integer     NOT NULL,
    reopened        integer     NOT NULL,
    rating          smallint,
    -- Its stopwatch: what was counted before, and since when it runs.
    counted_micros  bigint      NOT NULL,
    running_since   timestamptz,
    -- From start to close.
    duration_micros bigint,
    -- Of resolved ones: from start to resolution, without paused and closed spans, and within business hours.
    resolve_micros  bigint,
    active_micros   bigint,
    business_micros bigint,
    PRIMARY KEY (account, session)
) WITH (fillfactor = 80);
CREATE INDEX outcomes_by_close ON outcomes (account, closed_day) WHERE closed_day IS NOT NULL;
CREATE INDEX outcomes_by_domain ON outcomes (account, domain, closed_day) WHERE closed_day IS NOT NULL;
CREATE INDEX outcomes_picked_up ON outcomes (account, closed_day) WHERE pick_up_micros IS NOT NULL;

-- What a day adds up to: of all sessions (slice ALL), of a domain, of a tier. `started` and `open` are counted on the day of
-- the start and for ALL alone, everything else on the day of the last close. The durations are sketches: a sum of
-- microseconds, and how many values fall into each logarithmic bucket.
CREATE TABLE outcome_days (
    account         uuid   NOT NULL,
    day             date   NOT NULL,
    slice           text   NOT NULL,
    started         bigint NOT NULL,
    open            bigint NOT NULL,
    closed          bigint NOT NULL,
    resolved        bigint NOT NULL,
    escalated       bigint NOT NULL,
    abandoned       bigint NOT NULL,
    reopened        bigint NOT NULL,
    guided          bigint NOT NULL,
    steps           bigint NOT NULL,
    rated           bigint NOT NULL,
    ratings         bigint NOT NULL,
    resolve_sketch  bytea  NOT NULL,
    duration_sketch bytea  NOT NULL,
    active_sketch   bytea  NOT NULL,
    business_sketch bytea  NOT NULL,
    pick_up_sketch  bytea  NOT NULL,
    PRIMARY KEY (account, slice, day)
);
