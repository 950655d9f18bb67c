-- When an account works, and what the assistant may rely on in a team's sessions.
ALTER TABLE accounts ADD COLUMN business_hours jsonb;
ALTER TABLE teams ADD COLUMN context text;
