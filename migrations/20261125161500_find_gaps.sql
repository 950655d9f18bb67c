-- The newest intakes that no flow fits.
CREATE INDEX sessions_unmatched ON sessions (account, started_at, id) WHERE matched_flow IS NULL AND domain IS NOT NULL;
-- The sessions behind a share: those that were escalated, and those that were resolved without guidance.
CREATE INDEX outcomes_escalated ON outcomes (account, closed_day) WHERE escalated AND closed_day IS NOT NULL;
CREATE INDEX outcomes_in_discovery ON outcomes (account, closed_day) WHERE status = 'RESOLVED' AND tier = 'DISCOVERY';
