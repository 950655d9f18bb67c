-- How many calls to a model an account has made on a day of its own zone, and those that are under way. A call is counted
-- once it has succeeded; what was reserved for one that nobody came back from counts until it expires.
CREATE TABLE assistant_quota_days (
    account uuid   NOT NULL,
    day     date   NOT NULL,
    calls   bigint NOT NULL,
    PRIMARY KEY (account, day)
);
CREATE TABLE assistant_reservations (
    account    uuid        NOT NULL,
    id         uuid        NOT NULL,
    day        date        NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (account, id)
);

-- Sessions whose step waits for another day: when the quota of this one was spent.
CREATE TABLE assistant_quota_waits (
    account uuid NOT NULL,
    session uuid NOT NULL,
    day     date NOT NULL,
    PRIMARY KEY (account, session)
);
