-- Who runs a projection, until when, and how it goes. Whoever takes it over raises the epoch.
ALTER TABLE projection_checkpoints
    ADD node              uuid,
    ADD leased_until      timestamptz,
    ADD paused_at         timestamptz,
    ADD events_per_second double precision NOT NULL DEFAULT 0,
    ADD last_error        text;

-- A projection that is built anew beside the one that serves. Its own checkpoint has the name `<projection>@rebuild`.
CREATE TABLE projection_rebuilds (
    projection   text        PRIMARY KEY,
    version      integer     NOT NULL,
    state        text        NOT NULL CHECK (state IN ('running', 'done', 'cancelled', 'failed')),
    -- Where the log ended when it was asked for.
    target       bigint      NOT NULL,
    -- A strict one stops at the first event that can't be folded.
    strict       boolean     NOT NULL,
    requested_by uuid,
    started_at   timestamptz NOT NULL DEFAULT now(),
    ended_at     timestamptz,
    error        text
);

-- What an admin asked for a stream that waits, and why an event was left out.
ALTER TABLE quarantined_streams ADD decision text CHECK (decision IN ('retry', 'skip')), ADD reason text;
CREATE TABLE skipped_events (
    projection     text        NOT NULL,
    position       bigint      NOT NULL,
    account        uuid        NOT NULL,
    aggregate_type text        NOT NULL,
    aggregate_id   uuid        NOT NULL,
    reason         text        NOT NULL,
    skipped_at     timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (projection, position)
);
