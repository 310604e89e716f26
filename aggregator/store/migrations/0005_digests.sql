-- What need not be read again of the last document of a source, as long as it
-- stays as it is: aggregator.Digest, 16 bytes each. In a table of its own, as it
-- is only looked at when a document has changed.
CREATE TABLE digests (
    source INTEGER PRIMARY KEY REFERENCES sources (id),
    seen   BLOB NOT NULL
);

-- Guids that stored items were given later, by publishers who gave all of theirs
-- new ones: rows of known that are not items.uuid.
CREATE TABLE aliases (
    id   INTEGER PRIMARY KEY,
    item INTEGER NOT NULL REFERENCES items (id) ON DELETE CASCADE,
    uuid BLOB    NOT NULL
);
CREATE INDEX aliases_item ON aliases (item);
