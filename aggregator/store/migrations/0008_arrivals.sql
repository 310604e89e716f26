-- Finds what was first seen in a month. With sort and source it holds all that is
-- needed to look an item up in listings.
CREATE INDEX items_seen ON items (seen, sort, source);
