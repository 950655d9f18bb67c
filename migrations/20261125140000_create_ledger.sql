-- The ledger: what stands in the log, as a chain of hashes. Whoever changes, removes or slips in an event afterwards breaks
-- it, and whoever keeps its head elsewhere notices even when the whole ledger is written anew.

CREATE TABLE ledger_blocks (
    number        bigint      NOT NULL CHECK (number > 0),
    last_position bigint      NOT NULL,
    -- Each event's place, and its digest (32 bytes each, one after the other): they name the event that differs.
    positions     bigint[]    NOT NULL,
    digests       bytea       NOT NULL,
    -- Over the block before, the number, the positions and the digests.
    hash          bytea       NOT NULL,
    closed_at     timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT ledger_blocks_pkey PRIMARY KEY (number),
    CONSTRAINT ledger_blocks_last_position_key UNIQUE (last_position)
);

-- Digests can't be compressed.
ALTER TABLE ledger_blocks ALTER COLUMN digests SET STORAGE EXTERNAL;

CREATE FUNCTION refuse_to_change_the_ledger() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger only ever grows: % is refused', TG_OP USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER the_ledger_is_never_changed
BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_blocks
FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_ledger();

ALTER TABLE ledger_blocks ENABLE ALWAYS TRIGGER the_ledger_is_never_changed;
