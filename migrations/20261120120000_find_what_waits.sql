-- What waits is found by how long it has waited: escalations by when they were asked for, open sessions by their last
-- activity.

ALTER TABLE sessions ADD COLUMN escalated_at timestamptz;
COMMENT ON COLUMN sessions.escalated_at IS 'While an escalation is open: when it was asked for.';
UPDATE sessions SET escalated_at = (document #>> '{escalations,-1,requested_at}')::timestamptz
 WHERE status = 'REQUESTING_ESCALATION';

DROP INDEX sessions_to_pick_up;
CREATE INDEX sessions_to_pick_up ON sessions (account, escalated_at, id) WHERE status = 'REQUESTING_ESCALATION';
CREATE INDEX sessions_untouched ON sessions (account, updated_at, id) WHERE status IN ('ACTIVE', 'PAUSED');
