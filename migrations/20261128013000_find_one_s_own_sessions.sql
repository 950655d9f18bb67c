-- Lists of sessions are gathered from what somebody had or has to do with, each part by an index of its own: an engineer's list no
-- longer walks the account's. Most sessions stay with who opened them and are escalated to nobody, so that only the first index
-- has them all; the others cost next to nothing.

CREATE INDEX sessions_by_handler ON sessions (account, handler, started_at, id);
CREATE INDEX sessions_by_opener ON sessions (account, opened_by) WHERE opened_by <> handler;
CREATE INDEX sessions_by_target ON sessions (account, target) WHERE target IS NOT NULL;
CREATE INDEX sessions_by_past_handler ON sessions USING gin (past_handlers) WHERE past_handlers <> '{}';
