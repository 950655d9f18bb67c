-- Script templates: what is offered now, and every version that scripts were generated from.

CREATE TABLE script_templates (
    account           uuid        NOT NULL,
    id                uuid        PRIMARY KEY,
    version           bigint      NOT NULL,
    active            boolean     NOT NULL,
    team              uuid,
    name              text        NOT NULL,
    published_version integer     NOT NULL,
    -- Scripts generated from any of its versions.
    uses              bigint      NOT NULL,
    created_at        timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL
);
CREATE INDEX script_templates_by_name ON script_templates (account, name, id);
CREATE TABLE script_template_versions (
    account      uuid        NOT NULL,
    template     uuid        NOT NULL,
    version      integer     NOT NULL,
    content      jsonb       NOT NULL,
    published_at timestamptz NOT NULL,
    PRIMARY KEY (template, version)
);
