-- What models were asked, once an account and digest. A prompt holds what customers wrote: it is sealed under the key of the
-- session that it was first sent for, and gone with that key. assistant_calls.prompt names it by its digest.
CREATE TABLE assistant_prompts (
    account uuid        NOT NULL,
    hash    text        NOT NULL,
    session uuid        NOT NULL,
    sealed  bytea       NOT NULL,
    kept_at timestamptz NOT NULL,
    PRIMARY KEY (account, hash)
);
