-- Every call to a model, failed and repeated ones too. Nothing that anybody wrote stands here: of a prompt only its digest.
CREATE TABLE assistant_calls (
    sequence      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account       uuid        NOT NULL,
    session       uuid        NOT NULL,
    request       uuid        NOT NULL,
    provider      text        NOT NULL,
    model         text        NOT NULL,
    size          text        NOT NULL CHECK (size IN ('quick', 'deep')),
    prompt        text        NOT NULL,
    input_tokens  bigint      NOT NULL,
    output_tokens bigint      NOT NULL,
    cached_tokens bigint      NOT NULL,
    cache_written bigint      NOT NULL,
    estimated     boolean     NOT NULL,
    latency_ms    bigint      NOT NULL,
    http_status   smallint,
    fault         text,
    called_at     timestamptz NOT NULL
);
CREATE INDEX assistant_calls_session ON assistant_calls (session, sequence);
CREATE INDEX assistant_calls_account ON assistant_calls (account, called_at);
