-- From here on the row ids of the full-text index are made of the order of feeds,
-- -(sort * 2^28 + id), so that a search walks it from the newest back: forwards,
-- as that is what FTS5 is quick at. Compared with rowid = id that makes the index
-- larger by some bytes for each word of an item. It is filled again from the
-- items; "reindex" is the last one that is missing.
DROP TABLE texts;
CREATE VIRTUAL TABLE texts USING fts5 (
    title, body, content = '', contentless_delete = 1, tokenize = 'ascii'
);
INSERT INTO texts (texts, rank) VALUES ('automerge', 0), ('crisismerge', 1200);
INSERT INTO meta (key, value) SELECT 'reindex', max(id) FROM items HAVING count(*) > 0;
