-- Subscriptions to sources at WebSub hubs, and the memory of those that did not
-- work: see aggregator.Subscription. A source has at most one row that is active
-- or pending.
CREATE TABLE subscriptions (
    token     TEXT    PRIMARY KEY,          -- last part of the callback
    source    INTEGER NOT NULL REFERENCES sources (id),
    callback  TEXT    NOT NULL,
    hub       TEXT    NOT NULL,
    topic     TEXT    NOT NULL,
    secret    TEXT    NOT NULL,
    state     TEXT    NOT NULL,             -- pending, active, leaving, off, refused
    requested INTEGER,
    verified  INTEGER,
    expires   INTEGER,
    next      INTEGER,
    attempts  INTEGER NOT NULL,
    reason    TEXT    NOT NULL
) WITHOUT ROWID;
CREATE INDEX subscriptions_source ON subscriptions (source, state);
