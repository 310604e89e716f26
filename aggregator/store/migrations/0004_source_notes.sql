-- What a configuration may say about a source besides: the pause its publisher
-- asks for between two requests, in nanoseconds, and a line for the operator.
ALTER TABLE sources ADD COLUMN crawl_delay INTEGER NOT NULL DEFAULT 0;
ALTER TABLE sources ADD COLUMN note TEXT NOT NULL DEFAULT '';
