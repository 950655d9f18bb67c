-- Files that were uploaded, until and after a session takes them. Their bytes are kept elsewhere, sealed under a key of
-- each file's own.

CREATE TABLE uploads (
    account     uuid        NOT NULL,
    id          uuid        PRIMARY KEY,
    uploader    uuid        NOT NULL,
    media_type  text        NOT NULL,
    size_bytes  bigint      NOT NULL,
    -- Its name and what was redacted in it, sealed under the file's key.
    about       bytea       NOT NULL,
    -- The file's key: wrapped by the uploader's data key, and by the session's once one has taken the file.
    file_key    bytea       NOT NULL,
    -- The command that starts a session with it: whether it was carried out, the log knows.
    command     uuid,
    session     uuid,
    uploaded_at timestamptz NOT NULL
);
CREATE INDEX uploads_waiting ON uploads (account, id) WHERE session IS NULL;
