-- The first item of the story that an item belongs to, NULL if it came alone. The
-- first item itself has none.
ALTER TABLE items ADD COLUMN story INTEGER;
CREATE INDEX items_story ON items (story) WHERE story IS NOT NULL;

-- By what the items of the last two weeks are found that may tell the same news,
-- see tale.keys; and what tells most of the others apart, see tale.laender and
-- tale.kreis.
CREATE TABLE tales (
    key     INTEGER NOT NULL,
    item    INTEGER NOT NULL,
    laender INTEGER NOT NULL,  -- a bit each; 0: none is named
    kreis   INTEGER NOT NULL,  -- 0: none, or several
    PRIMARY KEY (key, item)
) WITHOUT ROWID;
