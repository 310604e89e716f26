-- Finds the items whose labels are those of another rule set than today's, so
-- that an interrupted reclassification goes on where it was, and one that is
-- done costs nothing to find done.
CREATE INDEX items_ruleset ON items (coalesce(json_extract(labels, '$.ruleset'), ''));
