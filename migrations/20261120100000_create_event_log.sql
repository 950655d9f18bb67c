-- The event log: facts in the order of their positions. Nothing in it is ever changed or deleted.

-- Positions. CACHE stays 1: a connection that draws ahead would hand out old positions late, behind readers.
CREATE SEQUENCE events_position AS bigint CACHE 1;

-- The first seven columns are what postgres-es reads an aggregate from; the others are ours.
CREATE TABLE events (
    aggregate_type text        NOT NULL,
    aggregate_id   text        NOT NULL,
    sequence       bigint      NOT NULL CHECK (sequence > 0),
    event_type     text        NOT NULL,
    event_version  text        NOT NULL,
    payload        jsonb       NOT NULL,
    metadata       jsonb       NOT NULL,
    position       bigint      NOT NULL,
    account        uuid        NOT NULL,
    recorded_at    timestamptz NOT NULL,
    command_id     uuid        NOT NULL,
    CONSTRAINT events_pkey PRIMARY KEY (aggregate_type, aggregate_id, sequence),
    CONSTRAINT events_position_key UNIQUE (position)
);

CREATE INDEX events_account_position ON events (account, position);

-- One row for each command that was carried out: the same id with the same input gets this result again.
CREATE TABLE commands (
    account        uuid        NOT NULL,
    command_id     uuid        NOT NULL,
    input_hash     bytea       NOT NULL,
    aggregate_type text        NOT NULL,
    aggregate_id   uuid        NOT NULL,
    version        bigint      NOT NULL,
    position       bigint      NOT NULL,
    recorded_at    timestamptz NOT NULL,
    CONSTRAINT commands_pkey PRIMARY KEY (account, command_id)
);

-- The keys that seal personal content, themselves sealed by a master key that is not in the database.
-- Deleting a row makes everything that was sealed under it unreadable for good.
CREATE TABLE data_keys (
    subject_kind  text        NOT NULL,
    subject_id    uuid        NOT NULL,
    account       uuid        NOT NULL,
    wrapped       bytea       NOT NULL,
    master_key_id text        NOT NULL,
    created_at    timestamptz NOT NULL,
    CONSTRAINT data_keys_pkey PRIMARY KEY (subject_kind, subject_id)
);

CREATE FUNCTION refuse_to_change_events() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'events are only ever appended: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER events_are_never_changed
BEFORE UPDATE OR DELETE OR TRUNCATE ON events
FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_events();

-- Also where triggers of ordinary kind are switched off (session_replication_role = replica).
ALTER TABLE events ENABLE ALWAYS TRIGGER events_are_never_changed;

-- Up to where the log may be read: no event at or below this position can still be committed.
--
-- A writer first locks, shared, the last position that was drawn before its own ones, and only then draws. Here the
-- order is the reverse: the sequence first, the locks second. Whoever had drawn by the first look either still holds
-- its lock at the second one, or has ended, and then what it wrote is seen by the statement after this function.
-- Our locks bear a tag in their upper 16 bits ('FL', 17996), so that nobody else's are taken for them.
CREATE FUNCTION events_ceiling() RETURNS bigint
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    drawn bigint;
    held  bigint;
BEGIN
    IF pg_is_in_recovery() THEN
        RAISE EXCEPTION 'a replica cannot see who is still writing: ask the primary'
            USING ERRCODE = 'object_not_in_prerequisite_state';
    END IF;
    SELECT CASE WHEN is_called THEN last_value ELSE last_value - 1 END INTO drawn FROM events_position;
    SELECT min(((classid::bigint & 65535) << 32) | objid::bigint) INTO held
      FROM pg_locks
     WHERE locktype = 'advisory'
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
       AND objsubid = 1
       AND (classid::bigint >> 16) = 17996;
    RETURN least(drawn, held);
END
$$;
