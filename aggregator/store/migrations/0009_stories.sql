-- The first item of the story that an item belongs to, NULL if it came alone. The
-- first item itself has none.
ALTER TABLE items ADD COLUMN story INTEGER;
CREATE INDEX items_story ON items (story) WHERE story IS NOT NULL;

-- By what the items of the last two weeks are found that may tell the same news,
-- see tale.keys.
CREATE TABLE tales (
    key  INTEGER NOT NULL,
    item INTEGER NOT NULL,
    PRIMARY KEY (key, item)
) WITHOUT ROWID;
