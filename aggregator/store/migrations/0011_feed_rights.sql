-- What the document of a source that was read last says of the rights in its items,
-- one line. Beside it, rights is what the operator says.
ALTER TABLE sources ADD COLUMN feed_rights TEXT NOT NULL DEFAULT '';
