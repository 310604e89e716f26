-- Whose the texts of a source are and what may be done with them, one line that
-- the feeds carry.
ALTER TABLE sources ADD COLUMN rights TEXT NOT NULL DEFAULT '';
