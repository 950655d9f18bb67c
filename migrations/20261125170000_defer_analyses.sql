-- How many calls that write flows an account has made on a day of its own zone.
ALTER TABLE assistant_quota_days ADD COLUMN generating bigint NOT NULL DEFAULT 0;

-- The day whose calls were spent, where an analysis waits for another.
ALTER TABLE session_analyses ADD COLUMN deferred_on date;
CREATE INDEX session_analyses_deferred ON session_analyses (account, session) WHERE status = 'DEFERRED';
