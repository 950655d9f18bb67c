-- A session's steps get rows of their own: an event changes one of them at most, as a rule, and rewriting the whole session
-- for it cost more the longer the session was. What was folded into the old shape is folded anew from the log.

CREATE TABLE session_steps (
    account  uuid    NOT NULL,
    session  uuid    NOT NULL,
    ordinal  integer NOT NULL,
    document json    NOT NULL,
    PRIMARY KEY (session, ordinal)
);

COMMENT ON COLUMN sessions.document IS 'The folded session without its steps and its intake''s content.';

DELETE FROM session_intakes;
DELETE FROM sessions;
UPDATE projection_checkpoints SET position = 0, version = 2 WHERE name = 'sessions';
