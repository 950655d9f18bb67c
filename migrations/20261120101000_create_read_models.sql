-- Read models are disposable: each can be folded anew from the log. Only a projection's own file names its tables.

CREATE TABLE projection_checkpoints (
    name        text        PRIMARY KEY,
    version     integer     NOT NULL,
    -- Everything up to here is in the read model.
    position    bigint      NOT NULL,
    -- Fencing: a runner that took over raises it, and whoever holds an older one changes nothing.
    epoch       bigint      NOT NULL,
    updated_at  timestamptz NOT NULL DEFAULT now()
);

-- A stream whose event could not be folded waits here; all other streams go on.
CREATE TABLE quarantined_streams (
    id              uuid        PRIMARY KEY DEFAULT gen_random_uuid(),
    projection      text        NOT NULL,
    account         uuid        NOT NULL,
    aggregate_type  text        NOT NULL,
    aggregate_id    uuid        NOT NULL,
    position        bigint      NOT NULL,
    error           text        NOT NULL,
    attempts        integer     NOT NULL,
    blocked_events  bigint      NOT NULL DEFAULT 0,
    first_failed_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (projection, aggregate_type, aggregate_id)
);

-- What the outside world must do. Written in the transaction of the projection that asked, under a key derived from the
-- event that asked. Within a lane (a session) the oldest goes first, one at a time.
CREATE TABLE work_items (
    sequence     bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key          text        NOT NULL UNIQUE,
    kind         text        NOT NULL,
    account      uuid        NOT NULL,
    lane         uuid        NOT NULL,
    payload      jsonb       NOT NULL,
    correlation  uuid        NOT NULL,
    causation    uuid        NOT NULL,
    state        text        NOT NULL DEFAULT 'ready' CHECK (state IN ('ready', 'done', 'given_up')),
    attempts     integer     NOT NULL DEFAULT 0,
    run_after    timestamptz NOT NULL DEFAULT now(),
    leased_until timestamptz,
    last_error   text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    ended_at     timestamptz
);
CREATE INDEX work_items_ready ON work_items (kind, run_after, sequence) WHERE state = 'ready';
CREATE INDEX work_items_lane ON work_items (lane, sequence) WHERE state = 'ready';
CREATE INDEX work_items_ended ON work_items (ended_at) WHERE state = 'done';

CREATE TABLE accounts (
    id         uuid        PRIMARY KEY,
    version    bigint      NOT NULL,
    name       text        NOT NULL,
    time_zone  text        NOT NULL,
    quotas     jsonb       NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE TABLE teams (
    account    uuid        NOT NULL,
    id         uuid        PRIMARY KEY,
    name       text        NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX teams_of_account ON teams (account, id);
CREATE TABLE members (
    account      uuid        NOT NULL,
    id           uuid        PRIMARY KEY,
    display_name text        NOT NULL,
    email        text        NOT NULL,
    role         text        NOT NULL,
    teams        uuid[]      NOT NULL,
    active       boolean     NOT NULL,
    created_at   timestamptz NOT NULL
);
CREATE UNIQUE INDEX members_by_email ON members (account, email) WHERE active;

CREATE TABLE sessions (
    account       uuid        NOT NULL,
    id            uuid        PRIMARY KEY,
    team          uuid,
    opened_by     uuid        NOT NULL,
    handler       uuid        NOT NULL,
    past_handlers uuid[]      NOT NULL,
    -- While an escalation is open: who asked for it, and the one who should take it, if named.
    escalated_by  uuid,
    target        uuid,
    status        text        NOT NULL,
    domain        text,
    tier          text        NOT NULL,
    matched_flow  uuid,
    matched_at    timestamptz,
    started_at    timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    closed_at     timestamptz,
    version       bigint      NOT NULL,
    position      bigint      NOT NULL,
    -- The folded session without its intake's content.
    document      json        NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX sessions_by_start ON sessions (account, started_at, id);
CREATE INDEX sessions_by_update ON sessions (account, updated_at, id);
CREATE INDEX sessions_by_flow ON sessions (account, matched_flow) WHERE matched_flow IS NOT NULL;
CREATE INDEX sessions_to_pick_up ON sessions (account, started_at, id) WHERE status = 'REQUESTING_ESCALATION';

CREATE TABLE session_intakes (
    account uuid     NOT NULL,
    id      uuid     PRIMARY KEY,
    content json     NOT NULL,
    words   tsvector NOT NULL
);
CREATE INDEX session_intakes_words ON session_intakes USING gin (words);

CREATE TABLE flows (
    account           uuid        NOT NULL,
    id                uuid        PRIMARY KEY,
    version           bigint      NOT NULL,
    status            text        NOT NULL,
    origin            text        NOT NULL,
    name              text        NOT NULL,
    domain            text,
    -- What people edit; published_version names the row of flow_versions that is offered.
    head              jsonb       NOT NULL,
    draft             jsonb,
    published_version integer,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL
);
CREATE INDEX flows_by_creation ON flows (account, created_at, id);
CREATE TABLE flow_versions (
    account         uuid        NOT NULL,
    flow            uuid        NOT NULL,
    version         integer     NOT NULL,
    origin          text        NOT NULL,
    head            jsonb       NOT NULL,
    nodes           jsonb       NOT NULL,
    source_session  uuid,
    source_proposal uuid,
    published_at    timestamptz NOT NULL,
    PRIMARY KEY (flow, version)
);

-- Calls and tokens a day, in the account's zone.
CREATE TABLE usage_zones (
    account   uuid PRIMARY KEY,
    time_zone text NOT NULL
);
CREATE TABLE usage_days (
    account       uuid   NOT NULL,
    day           date   NOT NULL,
    calls         bigint NOT NULL,
    input_tokens  bigint NOT NULL,
    output_tokens bigint NOT NULL,
    PRIMARY KEY (account, day)
);
