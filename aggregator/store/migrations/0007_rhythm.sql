-- When a source published last: up to 256 moments as unix seconds, oldest first,
-- 4 bytes each, big-endian.
ALTER TABLE sources ADD COLUMN published BLOB NOT NULL DEFAULT x'';
-- The host of moved_to, '' when it is empty: whose pauses the source keeps
-- unless it is in a host group.
ALTER TABLE sources ADD COLUMN moved_host TEXT NOT NULL DEFAULT '';
UPDATE sources SET moved_host = lower(substr(moved_to, instr(moved_to, '://') + 3)) WHERE instr(moved_to, '://') > 0;
UPDATE sources SET moved_host = substr(moved_host, 1, instr(moved_host || '/', '/') - 1);
UPDATE sources SET moved_host = substr(moved_host, 1, instr(moved_host || '?', '?') - 1);
