-- What resolved sessions would add to the knowledge base, who supports it, and how far each session's analysis is.

CREATE TABLE proposals (
    account             uuid        NOT NULL,
    id                  uuid        PRIMARY KEY,
    version             bigint      NOT NULL,
    kind                text        NOT NULL,
    status              text        NOT NULL,
    title               text        NOT NULL,
    description         text,
    domain              text,
    team                uuid,
    -- In millionths: whole numbers make keys of pages.
    confidence          bigint      NOT NULL,
    supporters          bigint      NOT NULL,
    source_session      uuid        NOT NULL,
    target_flow         uuid,
    target_base_version integer,
    -- Keywords, tree and difference.
    document            jsonb       NOT NULL,
    reviewed_by         uuid,
    reviewed_at         timestamptz,
    reviewer_notes      text,
    published_flow      uuid,
    published_version   integer,
    created_at          timestamptz NOT NULL,
    updated_at          timestamptz NOT NULL
);
CREATE INDEX proposals_newest ON proposals (account, created_at DESC, id DESC);
CREATE INDEX proposals_surest ON proposals (account, confidence DESC, id DESC);
CREATE INDEX proposals_most_supported ON proposals (account, supporters DESC, id DESC);
CREATE INDEX proposals_of_flow ON proposals (account, target_flow) WHERE target_flow IS NOT NULL;
CREATE INDEX proposals_reviewed ON proposals (account, reviewed_at) WHERE reviewed_at IS NOT NULL;

CREATE TABLE proposal_supporters (
    account      uuid        NOT NULL,
    proposal     uuid        NOT NULL,
    session      uuid        NOT NULL,
    supported_at timestamptz NOT NULL,
    PRIMARY KEY (proposal, session)
);

CREATE TABLE session_analyses (
    account    uuid        NOT NULL,
    session    uuid        PRIMARY KEY,
    status     text        NOT NULL,
    -- What came of it, as the event says; none while it is pending.
    finding    jsonb,
    updated_at timestamptz NOT NULL
);

-- The proposal that people copied a flow from.
ALTER TABLE flows ADD COLUMN from_proposal uuid;
