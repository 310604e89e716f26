-- Times are unix seconds, UTC; NULL is "never" or "not given".

-- One row each: created (unix seconds) and generation, which counts the
-- transactions that changed something a reader of the feeds can see.
CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO meta (key, value) VALUES ('generation', 0);

-- The configured sources and, right of "absent", how polling each one went.
CREATE TABLE sources (
    id         INTEGER PRIMARY KEY,
    slug       TEXT    NOT NULL UNIQUE,
    namespace  TEXT    NOT NULL UNIQUE,     -- slug at first sight: published ids derive from it
    name       TEXT    NOT NULL,
    publisher  TEXT    NOT NULL,
    url        TEXT    NOT NULL,
    kind       TEXT    NOT NULL,
    region     TEXT    NOT NULL,
    type       TEXT    NOT NULL,
    schedule   TEXT    NOT NULL,
    zone       TEXT    NOT NULL,            -- IANA name, '' for the default
    licence    TEXT    NOT NULL,
    enabled    INTEGER NOT NULL,
    evidence   TEXT    NOT NULL,
    host_group TEXT    NOT NULL,
    selectors  TEXT    NOT NULL,            -- JSON, '' for a feed
    host       TEXT    NOT NULL,            -- the queue it is polled in
    absent     INTEGER NOT NULL DEFAULT 0,  -- 1: no longer configured; its items stay

    items      INTEGER NOT NULL DEFAULT 0,  -- rows in items
    first_poll INTEGER NOT NULL DEFAULT 1,  -- 1 until a poll of this URL succeeded
    next_check INTEGER NOT NULL DEFAULT 0,  -- 0: at once
    etag TEXT NOT NULL DEFAULT '', last_modified TEXT NOT NULL DEFAULT '',
    last_full INTEGER, cache_until INTEGER, retry_after_until INTEGER,
    last_checked INTEGER, last_status INTEGER NOT NULL DEFAULT 0,
    last_success INTEGER, last_change INTEGER,
    failures INTEGER NOT NULL DEFAULT 0, class TEXT NOT NULL DEFAULT '', error TEXT NOT NULL DEFAULT '',
    redirect_target TEXT NOT NULL DEFAULT '', redirect_seen INTEGER NOT NULL DEFAULT 0,
    redirect_first_seen INTEGER, moved_to TEXT NOT NULL DEFAULT '',
    body_sha256 TEXT NOT NULL DEFAULT '', items_last INTEGER NOT NULL DEFAULT 0,
    declared_ttl INTEGER NOT NULL DEFAULT 0,  -- nanoseconds
    fresh_for INTEGER NOT NULL DEFAULT 0,     -- nanoseconds
    skip_hours INTEGER NOT NULL DEFAULT 0,    -- bit n: hour n, UTC
    skip_days INTEGER NOT NULL DEFAULT 0,     -- bit n: time.Weekday n
    repaired TEXT NOT NULL DEFAULT ''         -- words, one a line
);
CREATE INDEX sources_due ON sources (next_check) WHERE enabled = 1 AND absent = 0;

CREATE TABLE hosts (
    host         TEXT PRIMARY KEY,
    paused_until INTEGER,
    last_request INTEGER
) WITHOUT ROWID;

CREATE TABLE items (
    id        INTEGER PRIMARY KEY,
    uuid      BLOB    NOT NULL,             -- 16 bytes, the published id
    source    INTEGER NOT NULL REFERENCES sources (id),
    sort      INTEGER NOT NULL,             -- place in every feed, fixed at first sight
    published INTEGER,
    modified  INTEGER,
    seen      INTEGER NOT NULL,
    updated   INTEGER NOT NULL,
    guid      TEXT    NOT NULL,
    title     TEXT    NOT NULL,
    link      TEXT    NOT NULL,
    summary   TEXT    NOT NULL,
    content   TEXT    NOT NULL,
    extra     TEXT    NOT NULL,             -- JSON: authors, categories, enclosures, language
    labels    TEXT    NOT NULL,             -- JSON: scope, regions, topics, places, ruleset
    reasons   TEXT    NOT NULL              -- JSON array
);
CREATE INDEX items_source ON items (source, sort, id);

-- Every identity ever seen, so that Fresh reads this narrow table only. An
-- item of 0 is a tombstone: purged, or too old at the first poll.
CREATE TABLE known (
    uuid  BLOB PRIMARY KEY,
    print BLOB NOT NULL,                    -- aggregator.Item.Fingerprint
    item  INTEGER NOT NULL                  -- items.id
) WITHOUT ROWID;

-- What a significantly changed item said when it was first seen.
CREATE TABLE originals (
    item      INTEGER PRIMARY KEY REFERENCES items (id) ON DELETE CASCADE,
    title     TEXT NOT NULL,
    summary   TEXT NOT NULL,
    content   TEXT NOT NULL,
    published INTEGER
);

-- Slugs of regions and topics and keys of places, as small numbers.
CREATE TABLE labels (
    id   INTEGER PRIMARY KEY,
    slug TEXT NOT NULL UNIQUE
);
INSERT INTO labels (id, slug) VALUES (0, '');  -- stands for "any"

-- An item is listed once for each pair of area (region or place, or any) and
-- topic (or any) it belongs to; places come with "any topic" only. So every
-- feed is one range of this key, read backwards, however rare the pair is.
CREATE TABLE listings (
    area  INTEGER NOT NULL,
    topic INTEGER NOT NULL,
    sort  INTEGER NOT NULL,
    item  INTEGER NOT NULL,
    PRIMARY KEY (area, topic, sort, item)
) WITHOUT ROWID;

-- Folded text, see Fold; rowid is items.id. Contentless, as the text is in
-- items already. detail=full (the default), because phrases need positions:
-- for 20,000 items of 200 words it took 1.9 s of CPU time and 16 MB, against
-- 1.6 s and 9 MB with detail=column, 1.4 s and 4 MB with detail=none (with
-- automerge as SQLite sets it; without it 0.9 s for detail=full). The
-- folded text is ASCII but for foreign scripts: the plain tokenizer does.
CREATE VIRTUAL TABLE texts USING fts5 (
    title, body, content = '', contentless_delete = 1, tokenize = 'ascii'
);
-- Each transaction writes one small segment. Merging them as polls come in would
-- be a sixth of the cost of storing a thousand new feeds, so that is left to
-- quiet times, see Store.Tidy. Until then a search looks into each segment: ten
-- milliseconds for a thousand. Should nobody tidy, 1,200 are merged at once;
-- SQLite's limit is 2,000.
INSERT INTO texts (texts, rank) VALUES ('automerge', 0), ('crisismerge', 1200);
